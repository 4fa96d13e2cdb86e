"""Places that signs cannot have, told in the terms in which they were typed."""

import pytest
from pyproj import Transformer

from geo.errors import RequestError
from geo.register.extent import require_in_france
from geo.register.signs import SignForm, read_form

TO_LAMBERT93 = Transformer.from_crs(4326, 2154, always_xy=True)
TOWNS = {"Lens": (2.83, 50.43), "Brest": (-4.49, 48.39), "Bonifacio": (9.16, 41.39), "Bray-Dunes": (2.53, 51.08)}


def metres(lon: float, lat: float) -> tuple[float, float]:
    x, y = TO_LAMBERT93.transform(lon, lat)
    return x, y


@pytest.mark.parametrize("town", TOWNS)
def test_a_town_is_in_france_and_its_swapped_degrees_are_told(town: str) -> None:
    lon, lat = TOWNS[town]
    require_in_france(*metres(lon, lat))
    with pytest.raises(RequestError, match=rf"^found lon {lat}, lat {lon} .* swapped: exchange them$"):
        require_in_france(*metres(lat, lon))


def test_swapped_metres_are_told() -> None:
    with pytest.raises(RequestError, match=r"x 7037000 m, y 686000 m .* swapped: exchange them$"):
        require_in_france(7_037_000, 686_000)


@pytest.mark.parametrize(("lon", "lat"), [(-74.006, 40.7128), (0.0, 0.0), (2.77, -50.44)])
def test_a_place_elsewhere_is_told_in_degrees(lon: float, lat: float) -> None:
    with pytest.raises(
        RequestError, match=rf"^found lon {lon}, lat {lat} .* metropolitan France; correct the position$"
    ):
        require_in_france(*metres(lon, lat))


def test_a_pole_is_no_place_either() -> None:
    with pytest.raises(RequestError, match="correct the position"):
        require_in_france(float("inf"), float("inf"))


def test_a_form_says_it_in_the_same_words() -> None:
    x, y = metres(50.43, 2.83)
    with pytest.raises(RequestError, match=r"^found lon 50\.43, lat 2\.83 "):
        read_form(SignForm, {"x": x, "y": y})
