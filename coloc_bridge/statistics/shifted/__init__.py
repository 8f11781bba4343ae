"""Sums for the correlations of shifted and scrambled images."""
