"""The raw folder as a build sees it: remembers each file opened, each look for one, and each row put right."""

import hashlib
import logging
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd

from geo import products
from geo.config import EMBEDDED, Territory
from geo.errors import MissingDataError
from geo.provenance import Credit, InputFile, Note
from geo.raster import Raster

logger = logging.getLogger(__name__)


@dataclass
class RawFolder:
    """Everything a pipeline may read, and the record of what it did read.

    The record goes into the product's provenance: a product is up to date when the same files, with the same
    bytes, would be read again.
    """

    layer: str
    folder: Path
    processed: Path
    territory: Territory
    opened: dict[str, Path] = field(default_factory=dict)
    lookups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    credits: list[Credit] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def file(self, name: str, credit: Credit) -> Path:
        """Return the path of a file that must be there, named from the raw folder.

        Raises
        ------
        MissingDataError
            If it is absent.
        """
        path = self.folder / name
        if not path.is_file():
            raise MissingDataError(f"{path} is absent; expected it from {credit.holder}; put the provider's file there")
        self.opened[name] = path
        self.give_credit(credit)
        return path

    def has(self, name: str) -> bool:
        """Tell whether a file or folder of that name is there."""
        found = (self.folder / name).exists()
        self.lookups[name] = (name,) if found else ()
        return found

    def find(self, pattern: str) -> list[str]:
        """Return the names of the files that match, sorted."""
        names = sorted(path.relative_to(self.folder).as_posix() for path in self.folder.glob(pattern))
        self.lookups[pattern] = tuple(names)
        return names

    def facts(self, name: str, credit: Credit) -> Path:
        """Return one of the project's fact tables: the raw folder's own, else the embedded one."""
        if self.has(f"artois/{name}.csv"):
            return self.file(f"artois/{name}.csv", credit)
        path = EMBEDDED / f"{name}.csv"
        if not path.is_file():
            raise MissingDataError(f"{path} is absent; expected a fact table of the project; restore it from git")
        self.opened[f"embedded:{name}.csv"] = path
        self.give_credit(credit)
        return path

    def product(self, layer: str) -> gpd.GeoDataFrame:
        """Return another layer's finished table, as any user reads it."""
        path = products.table_path(layer, self.processed)
        table = products.read_table(layer, self.processed)
        self.use_product(layer, path)
        return table

    def raster_product(self, layer: str) -> tuple[Raster, dict[str, str]]:
        """Return another layer's finished raster and its tags."""
        raster = products.read_product_raster(layer, self.processed)
        path = products.raster_path(layer, self.processed)
        self.use_product(layer, path)
        return raster, products.read_tags(layer, self.processed)

    def use_product(self, layer: str, path: Path) -> None:
        """Record a product as an input, and take over its credits."""
        self.opened[f"product:{layer}"] = path
        for credit in products.read_provenance(path).credits:
            self.give_credit(credit)

    def give_credit(self, credit: Credit) -> None:
        """Remember a credit, once."""
        if credit not in self.credits:
            self.credits.append(credit)

    def note(self, note: Note) -> None:
        """Log and remember why rows were repaired, dropped or flagged."""
        logger.warning("%s: %s", self.layer, note.line())
        self.notes.append(note)

    def inputs(self) -> tuple[InputFile, ...]:
        """Return every file opened, with the hash of its bytes."""
        return tuple(InputFile(name=name, sha256=sha256(path)) for name, path in sorted(self.opened.items()))

    def unchanged(self, inputs: tuple[InputFile, ...], lookups: dict[str, tuple[str, ...]]) -> bool:
        """Tell whether a build that read these inputs would read the same bytes again."""
        return all(self.sees_again(*look) for look in lookups.items()) and all(
            (path := self.locate(file.name)).is_file() and sha256(path) == file.sha256 for file in inputs
        )

    def sees_again(self, pattern: str, names: tuple[str, ...]) -> bool:
        """Tell whether a look for files finds the same names as before."""
        found = sorted(path.relative_to(self.folder).as_posix() for path in self.folder.glob(pattern))
        return tuple(found) == names

    def locate(self, name: str) -> Path:
        """Return where a file of the record stands now."""
        kind, _, rest = name.rpartition(":")
        if kind == "embedded":
            return EMBEDDED / rest
        if kind == "product":
            return products.product_path(rest, self.processed) or products.table_path(rest, self.processed)
        return self.folder / name


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
