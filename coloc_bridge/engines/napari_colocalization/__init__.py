"""napari-colocalization: its coefficients, and the real one, which needs no napari for its numbers."""
