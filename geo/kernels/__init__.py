"""Formulas on arrays: numpy in, numpy out; nothing here knows a file, a layer or a town."""
