"""Nature protections (INPN, MNHN): `inpn/*`, told apart by the names that the INPN gives its files.

Glossary: ZNIEFF = natural zone of ecological interest, type 1 or 2; SIC, ZSC, ZPS = sites of Natura 2000; RNN, RNR =
national and regional nature reserve.
"""

from typing import Final

import geopandas as gpd

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.zones import read_zones

CREDIT: Final = Credit(holder="INPN, PatriNat (OFB, MNHN, CNRS, IRD)", licence="Licence Ouverte 2.0 (à vérifier)")
KINDS: Final = {
    "reserve": ("inpn/*rnn*", "inpn/*rnr*", "inpn/*RNN*", "inpn/*RNR*", "inpn/*reserve*"),
    "natura_2000": ("inpn/*natura*", "inpn/*sic*", "inpn/*zsc*", "inpn/*zps*", "inpn/*SIC*", "inpn/*ZPS*"),
    "znieff_1": ("inpn/*znieff1*", "inpn/*ZNIEFF1*", "inpn/*znieff_1*"),
    "znieff_2": ("inpn/*znieff2*", "inpn/*ZNIEFF2*", "inpn/*znieff_2*"),
}
"""From the strongest protection; the strongest that holds a site is told."""


def read(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the protected zones with `kind` and `name`; None when there is no file."""
    return read_zones(KINDS, CREDIT, raw)
