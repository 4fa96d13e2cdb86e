"""The Chaîne des Parcs: spoil heaps, parks and sites, greenways."""
