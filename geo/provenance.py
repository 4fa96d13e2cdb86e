"""Where a product comes from: credits, the files read, and every row repaired, dropped or doubted."""

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field


class Credit(BaseModel, frozen=True):
    """Who made a source, under which licence, and when."""

    holder: str
    licence: str
    vintage: str = ""
    url: str = ""
    synthetic: bool = False

    def line(self) -> str:
        """Return the credit as one line for a map's corner or a table's foot."""
        parts = [self.holder, self.vintage, self.licence]
        return ", ".join(part for part in parts if part)


class Note(BaseModel, frozen=True):
    """One reason why rows were repaired, dropped or flagged, with their count and an example."""

    action: Literal["repaired", "dropped", "flagged"]
    reason: str
    count: int = Field(ge=1)
    example: str = ""

    def line(self) -> str:
        """Return the note as one line for a log."""
        example = f" (such as {self.example})" if self.example else ""
        return f"{self.count} {self.action}: {self.reason}{example}"


class InputFile(BaseModel, frozen=True):
    """One file read, by the name it has inside its folder, and the hash of its bytes."""

    name: str
    sha256: str


class Provenance(BaseModel, frozen=True):
    """Everything needed to trust a product, or to know that it must be rebuilt."""

    layer: str
    rows: int
    synthetic: bool
    built_at: datetime
    software: str
    recipe_sha256: str
    params: dict[str, object]
    credits: tuple[Credit, ...]
    inputs: tuple[InputFile, ...]
    lookups: dict[str, tuple[str, ...]]
    notes: tuple[Note, ...]
    product_sha256: str

    def credit_line(self) -> str:
        """Return all credits on one line, each holder once; synthetic data is named as such."""
        return " · ".join(dict.fromkeys(credit.line() for credit in self.credits))


def provenance_path(product: Path) -> Path:
    """Return where the provenance of a product file stands: beside it."""
    return product.with_name(f"{product.stem}.provenance.json")
