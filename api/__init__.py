"""The HTTP door: layers as GeoJSON, image tiles and map pages, over the serving store."""
