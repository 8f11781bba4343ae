"""What SciPy and NumPy do and several engines use, in the type in which they do it."""
