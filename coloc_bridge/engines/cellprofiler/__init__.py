"""CellProfiler's MeasureColocalization: its coefficients and searches, and the real code in cp_measure."""
