"""scikit-image: its coefficients in the type of the pixels, as it sums them, and the real one."""
