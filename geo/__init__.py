"""Geospatial pipelines for the Chaîne des Parcs and the solar cadastre of a French territory."""
