"""The weather year of a build: the first PVGIS file (`pvgis/*.csv`), else the synthetic year of the territory."""

from typing import Final

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources import pvgis, synthetic_weather
from geo.weather import Weather

CREDIT: Final = Credit(holder="PVGIS, Commission européenne (JRC)", licence="réutilisation UE")


def read(raw: RawFolder) -> Weather:
    """Return the first PVGIS year of the raw folder, else the synthetic one for the territory's centre."""
    if names := raw.find("pvgis/*.csv"):
        return pvgis.read(raw.file(names[0], CREDIT))
    longitude_deg, latitude_deg = raw.territory.center
    weather = synthetic_weather.year(latitude_deg, longitude_deg)
    credit = Credit(holder=weather.source, licence="Licence Ouverte 2.0", vintage=weather.period, synthetic=True)
    raw.give_credit(credit)
    return weather
