"""JACoP: its twin, its loops in scan order, and the real one."""
