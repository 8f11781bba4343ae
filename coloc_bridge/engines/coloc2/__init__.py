"""Coloc 2: its twin, its loops in scan order, and the real one."""
