from pathlib import Path

import numpy as np
import pytest
from affine import Affine

from geo.crs import LAMBERT93
from geo.errors import MissingDataError, SourceError
from geo.mosaic import of_file, of_files, of_raster
from geo.raster import Raster, write_cog

CELL_M = 0.5
WHOLE = Raster(
    np.arange(40 * 60, dtype=np.float32).reshape(40, 60), Affine(CELL_M, 0, 684_000, 0, -CELL_M, 7_040_000), LAMBERT93
)


@pytest.fixture
def quarters(tmp_path: Path) -> list[Path]:
    """Four files that make up the whole, the last one first."""
    cuts = [(slice(0, 25), slice(0, 30)), (slice(0, 25), slice(30, 60)), (slice(25, 40), slice(0, 30)),
            (slice(25, 40), slice(30, 60))]  # fmt: skip
    mosaic = of_raster(WHOLE)
    return [write_cog(tmp_path / f"{k}.tif", mosaic.read(*cut)) for k, cut in reversed(list(enumerate(cuts)))]


@pytest.mark.parametrize("window", [(0, 40, 0, 60), (20, 30, 25, 35), (39, 40, 59, 60), (0, 7, 0, 60)])
def test_a_window_over_many_files_is_a_window_of_the_whole(
    quarters: list[Path], window: tuple[int, int, int, int]
) -> None:
    top, bottom, left, right = window
    mosaic = of_files(quarters)
    assert (mosaic.grid.rows, mosaic.grid.cols) == (40, 60)
    part = mosaic.read(slice(top, bottom), slice(left, right))
    np.testing.assert_array_equal(part.values, WHOLE.values[top:bottom, left:right])
    assert part.transform * (0, 0) == WHOLE.transform * (left, top)


def test_a_file_that_is_missing_between_others_is_unknown_ground(quarters: list[Path]) -> None:
    mosaic = of_files([quarters[0], quarters[3]])
    values = mosaic.read(slice(0, 40), slice(0, 60)).values
    np.testing.assert_array_equal(values[:25, :30], WHOLE.values[:25, :30])
    assert np.isnan(values[:25, 30:]).all()
    assert np.isnan(of_files([quarters[0], quarters[3]]).read(slice(0, 5), slice(40, 50)).values).all()


def test_files_of_other_cells_and_absent_files_are_refused(quarters: list[Path], tmp_path: Path) -> None:
    coarse = write_cog(
        tmp_path / "coarse.tif", Raster(WHOLE.values, Affine(1, 0, 684_000, 0, -1, 7_040_000), LAMBERT93)
    )
    with pytest.raises(SourceError, match=r"cells of 1 in .*; expected 0.5"):
        of_files([*quarters, coarse])
    with pytest.raises(MissingDataError, match="absent"):
        of_file(tmp_path / "none.tif")
