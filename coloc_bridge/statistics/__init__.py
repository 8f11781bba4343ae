"""The sufficient statistics that metrics are formulas of, a module or package for each, and the one driver of all."""
