"""Ways as a graph: noding, distances, components, places along edges."""
