"""A synthetic quarter of a mining town, with the truth about its roofs, to build and test without data."""

from geo.sample.write import make_sample

__all__ = ["make_sample"]
