"""The house: each module stands on a rung and imports only what stands lower."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_LINES = 400

LADDER: tuple[tuple[str, ...], ...] = (
    ("geo.__main__",),
    ("geo.cli",),  # above the other door because `serve` opens it
    ("api",),
    ("geo.build", "geo.export", "geo.topology_file"),
    ("geo.territory", "geo.parks", "geo.brownfields", "geo.signage", "geo.solar", "geo.sample"),
    ("geo.pipeline", "geo.maps", "geo.tiles", "geo.register"),
    ("geo.sources",),
    ("geo.raw",),
    ("geo.store",),
    ("geo.products", "geo.config", "geo.unfinished"),
    (
        "geo.catalogue",
        "geo.names",
        "geo.vector",
        "geo.topology",
        "geo.mosaic",
        "geo.network",
        "geo.light",
        "geo.qgis_style",
    ),
    ("geo.dated", "geo.issues", "geo.layers", "geo.provenance", "geo.raster", "geo.weather"),
    ("geo.crs", "geo.kernels"),
    ("geo.errors",),
    ("geo",),
)
"""From the doors down. A name stands for a module, or for a folder, inside which imports are free."""

RUNG = {name: rung for rung, names in enumerate(LADDER) for name in names}


def test_every_module_imports_only_what_stands_lower() -> None:
    assert list(problems(ROOT)) == []


@pytest.mark.parametrize(
    ("file", "line", "problem"),
    [
        ("geo/products.py", "from geo.build import build", "geo.products imports geo.build: upwards"),
        ("geo/products.py", "import geo.build", "geo.products imports geo.build: upwards"),
        ("geo/products.py", "from geo import build", "geo.products imports geo.build: upwards"),
        ("geo/parks/parks.py", "from geo.solar import roofs", "geo.parks.parks imports geo.solar.roofs: sideways"),
        ("geo/kernels/sun.py", "from geo.crs import WGS84", "geo.kernels.sun imports geo.crs: sideways"),
        ("geo/kernels/sun.py", "from geo.layers import Text", "geo.kernels.sun imports geo.layers: upwards"),
        ("geo/maps.py", "def f():\n    import api.main", "geo.maps imports api.main: upwards"),
        ("geo/store/postgis.py", "from . import Store", "geo.store.postgis: a relative import"),
        ("geo/utils.py", "", "geo.utils has no rung in the ladder"),
        ("geo/__init__.py", "from geo.errors import GeoError", "geo imports geo.errors: upwards"),
    ],
)
def test_a_broken_rule_is_found(tmp_path: Path, file: str, line: str, problem: str) -> None:
    write(tmp_path, file, line)
    for other in ("geo/build.py", "geo/crs.py", "geo/layers.py", "geo/solar/roofs.py", "api/main.py", "geo/errors.py"):
        write(tmp_path, other, "")
    assert list(problems(tmp_path)) == [problem]


def test_down_and_inside_a_folder_is_free(tmp_path: Path) -> None:
    write(tmp_path, "geo/errors.py", "import math")
    write(tmp_path, "geo/parks/parks.py", "from geo.errors import GeoError\nfrom geo.parks import greenways")
    write(tmp_path, "geo/parks/greenways.py", "")
    assert list(problems(tmp_path)) == []


def test_no_file_is_too_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources(ROOT)}
    assert [f"{path.relative_to(ROOT)}: {lines}" for path, lines in lengths.items() if lines > MAX_LINES] == []


def problems(root: Path) -> Iterator[str]:
    """Yield a line for each import, and each file, that breaks the ladder."""
    modules = {module_name(path, root): path for path in sources(root)}
    for module, path in modules.items():
        if rung_of(module) is None:
            yield f"{module} has no rung in the ladder"
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level > 0:
                yield f"{module}: a relative import"
            for target in targets(node, set(modules)):
                if fault := judged(module, target):
                    yield f"{module} imports {target}: {fault}"


def judged(module: str, target: str) -> str | None:
    """Return what is wrong with an import of ours, or None."""
    here, there = rung_of(module), rung_of(target)
    if here is None or there is None or here == there:
        return None
    if RUNG[here] == RUNG[there]:
        return "sideways"
    return "upwards" if RUNG[there] < RUNG[here] else None


def rung_of(module: str) -> str | None:
    """Return the name in the ladder that stands for a module; the two roots stand for themselves alone."""
    if module in RUNG:
        return module
    folders = [".".join(module.split(".")[:depth]) for depth in range(module.count("."), 0, -1)]
    return next((name for name in folders if name in RUNG and name != "geo"), None)


def targets(node: ast.AST, modules: set[str]) -> Iterator[str]:
    """Yield our modules that an import statement names."""
    if isinstance(node, ast.Import):
        named = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        deeper = [f"{node.module}.{alias.name}" for alias in node.names]
        named = [name if name in modules or name in RUNG else node.module for name in deeper]
    else:
        return
    yield from (name for name in dict.fromkeys(named) if name.split(".")[0] in ("geo", "api"))


def sources(root: Path) -> list[Path]:
    """Return every Python file of the two packages."""
    return sorted(path for package in ("geo", "api") for path in (root / package).rglob("*.py"))


def module_name(path: Path, root: Path) -> str:
    """Return the dotted name of a file."""
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def write(root: Path, name: str, text: str) -> None:
    """Write a module into a house of straw, unless it stands already."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(text, encoding="utf-8")
