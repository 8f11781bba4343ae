"""Colocalization analysis that reproduces, and explains, the numbers of Fiji's Coloc 2 and JACoP."""
