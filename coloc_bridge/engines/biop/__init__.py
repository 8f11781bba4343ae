"""BIOP JACoP: its twin, with Coloc 2's Costes search and JACoP's sums, and the real one."""
