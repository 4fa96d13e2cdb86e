"""Score the roof planes against towns whose roofs are known.

    python -m benchmarks.roofs [--seeds N] [--noise 0.05] [--workers 2]

Two towns for each seed: the synthetic quarter, and `roof_town`: detached houses of mixed shapes, with dormers, sheds,
mansards, trees. A true plane is found when one segment's polygon covers more than half of it, with a pitch within 10°
and, above 10° of pitch, an azimuth within 25°. A segment is spurious when less than half of it lies on a true plane
that it agrees with so.
"""

import argparse
import time
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.roof_town import build_town
from geo.crs import LAMBERT93
from geo.raster import Raster
from geo.sample.square import TRANSFORM
from geo.sample.write import build_quarter
from geo.solar.roofs import Roofs, segment_roofs

Floats = NDArray[np.float64]
LARGE_M2 = 10.0
NEAR_PITCH_DEG = 10.0
NEAR_AZIMUTH_DEG = 25.0
TILTED_DEG = 10.0


class Town(NamedTuple):
    """A surface and the truth about it."""

    surface: Raster
    buildings: gpd.GeoDataFrame
    planes: gpd.GeoDataFrame


class Score(NamedTuple):
    """What `score` counts; errors are those of large planes that were found."""

    planes: int
    found: int
    segments: int
    spurious: int
    pitch_deg: Floats
    azimuth_deg: Floats
    area_share: Floats
    missed: gpd.GeoDataFrame
    wrong: gpd.GeoDataFrame


def quarter(seed: int, noise_m: float) -> Town:
    """Return the synthetic quarter."""
    heights_m, _, tables = build_quarter(seed, noise_m=noise_m)
    surface = Raster(heights_m.astype(np.float32), TRANSFORM, LAMBERT93)
    return Town(surface, tables["buildings"].rename(columns={"building_id": "id"}), tables["roof_planes"])


def score(town: Town, roofs: Roofs) -> Score:
    """Return how the segments compare with the truth."""
    truth, found = town.planes.reset_index(drop=True), roofs.segments
    one, other = truth.sindex.query(found.geometry, predicate="intersects")[::-1]
    same = truth["building_id"].to_numpy()[one] == found["building_id"].to_numpy()[other]
    one, other = one[same], other[same]
    shared = shapely.area(shapely.intersection(truth.geometry.array[one], found.geometry.array[other]))
    pitch = np.abs(truth["pitch_deg"].to_numpy()[one] - found["pitch_deg"].to_numpy()[other])
    turn = truth["azimuth_deg"].to_numpy()[one] - found["azimuth_deg"].to_numpy()[other]
    azimuth = np.abs((turn + 180.0) % 360.0 - 180.0)
    tilted = truth["pitch_deg"].to_numpy()[one] > TILTED_DEG
    agrees = (pitch < NEAR_PITCH_DEG) & (~tilted | (azimuth < NEAR_AZIMUTH_DEG))
    hit = agrees & (shared > 0.5 * truth.area.to_numpy()[one])
    right = agrees & (shared > 0.5 * found.area.to_numpy()[other])
    large = truth["area_m2"].to_numpy() > LARGE_M2
    seen = np.zeros(len(truth), bool)
    seen[one[hit]] = True
    true_segment = np.zeros(len(found), bool)
    true_segment[other[right]] = True
    kept = hit & large[one]
    area = found["area_m2"].to_numpy()[other] / truth["area_m2"].to_numpy()[one]
    return Score(
        int(large.sum()), int((seen & large).sum()), len(found), int((~true_segment).sum()), pitch[kept],
        azimuth[kept & tilted], np.abs(area[kept] - 1.0), truth[large & ~seen], found[~true_segment],
    )  # fmt: skip


def line(name: str, town: Town, result: Score, seconds: float) -> str:
    """Return one line of figures."""
    pitch, azimuth, area = (
        f"{np.median(errors) * factor:.2f}/{np.quantile(errors, 0.9) * factor:.2f}"
        for errors, factor in ((result.pitch_deg, 1), (result.azimuth_deg, 1), (result.area_share, 100))
    )
    return (
        f"{name:16} found {result.found / result.planes:7.2%} of {result.planes:5}  pitch {pitch:10}° "
        f"azimuth {azimuth:10}° area {area:10}% spurious {result.spurious / max(1, result.segments):6.2%} "
        f"{len(town.buildings) / seconds:6.0f} buildings/s"
    )


def main() -> None:
    """Print a line of figures for each town (median/90th percentile of errors)."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--noise", type=float, default=0.05)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    for seed in range(1, options.seeds + 1):
        for name, build in (("quarter", quarter), ("town", lambda *of: Town(*build_town(*of)))):
            town = build(seed, options.noise)
            segment_roofs(town.surface, town.buildings.iloc[:50])
            began = time.perf_counter()
            roofs = segment_roofs(town.surface, town.buildings, workers=options.workers)
            seconds = time.perf_counter() - began
            result = score(town, roofs)
            print(line(f"{name} {seed}", town, result, seconds))
            for what, table in (("missed", result.missed), ("spurious", result.wrong)):
                if len(table):
                    print(f"  {what}: {', '.join(sorted(table['building_id'])[:12])}")


if __name__ == "__main__":
    main()
