"""Repair and check of areas that share their edges, or only ought to: valid, nothing held twice, no ground of nobody.

Glossary: coverage = couverture (areas that share edges, such as communes); overlap = recouvrement; gap = lacune;
slit = fente; sliver = écharde; spike = pointe.
"""

from geo.topology.closing import WIDE, Closed, close_coverage
from geo.topology.flaws import LEAST_M2, WIDTH_M, Flaw, check_layer, find_flaws
from geo.topology.repair import Repaired, repair

__all__ = [
    "LEAST_M2",
    "WIDE",
    "WIDTH_M",
    "Closed",
    "Flaw",
    "Repaired",
    "check_layer",
    "close_coverage",
    "find_flaws",
    "repair",
]
