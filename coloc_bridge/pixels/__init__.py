"""Pixels on their way to compiled loops: kinds, chunks, labels, threads, and the sweep over chunks."""
