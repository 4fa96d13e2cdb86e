"""What the folder says about itself."""

from typing import Final

README: Final = """\
# Quartier synthétique: a mining town that does not exist

**Everything in this folder is synthetic.** No house, street, name, tree or height was measured; the square only
borrows its place (1,024 m x 1,024 m between Liévin and Loos-en-Gohelle, EPSG:2154, lower-left corner 684000, 7038000).
Street and park names are invented and say so. Every row carries `source` = "Quartier synthétique" and
`synthetic` = true; both rasters carry the same as tags.

It is made by `artois sample`, from one seed: the same seed gives the same bytes. Streets, canal, heap and parks are
drawn by hand in the code; rows of houses are set along the streets wherever they fit; each row has one ridge and one
pitch, and its houses are cut from that one roof by the party walls. Walls are vertical and nothing overhangs.

- **dsm.tif**: surface: ground, roofs, chimneys, dormers, parapets, crowns; 0.5 m cells; Gaussian height noise,
  0.05 m unless told otherwise.
- **dtm.tif**: bare ground without noise, spoil heap and canal included.
- **buildings**: footprints; `height_m` is ridge over floor, `base_altitude_m` the floor, level over a whole row.
- **roof_planes**: the truth: `pitch_deg`; `azimuth_deg`, the way down, clockwise from north, NaN if flat; sloped
  `area_m2`; `area_plan_m2`; `altitude_m` at the centroid of the polygon; `height_m`, the same over the floor.
- **roof_obstacles**: chimneys, dormers, parapets with level tops at `altitude_m`; not part of the planes.
- **parks, park_entrances, greenways**: perimeters; where a path enters one; paths cut at crossings and entrances.
- **brownfields, car_parks, canals, spoil_heaps**: areas; the heap's `height_m` is from its mean foot to its top.
- **signs**: thirty signs of six types, `date` as year-month-day.
- **addresses**: one per house, on the middle of its front; odd numbers on the left of the street.
- **streets**: centre lines, cut at crossings.
- **trees**: trunks; `height_m` over the ground, `crown_m` the diameter of the crown; crowns are in dsm.tif only.

A cell of dsm.tif belongs to the plane whose polygon holds its centre. Where no obstacle or crown is higher, its
altitude is `altitude_m - tan(pitch) * (east * sin(azimuth) + north * cos(azimuth))`, (east, north) counted from the
centroid of the polygon, plus the noise.
"""
