"""The solar cadastre: sunlight on every cell, then on every roof."""
