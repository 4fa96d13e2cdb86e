"""Figures that come from somewhere: each with its source and date, or marked as an assumption."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, Field, model_validator


class Source(BaseModel, frozen=True, extra="forbid"):
    """Who published a figure."""

    title: str
    url: str


class Figure(BaseModel, frozen=True, extra="forbid"):
    """A number with its origin: the key of a source and its date, or an assumption of this project."""

    value: float = Field(ge=0, allow_inf_nan=False)
    date: str = Field(pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?|undated)$")
    status: Literal["sourced", "assumption"] = "sourced"
    source: str | None = None
    note: str = ""

    @model_validator(mode="after")
    def _has_an_origin(self) -> "Figure":
        """Refuse a figure out of nowhere."""
        if (self.status == "sourced") != (self.source is not None):
            raise ValueError('a figure names its source, or has status = "assumption", not both')
        return self


def figures(part: object) -> Iterator[Figure]:
    """Yield every figure inside a model, its tables and its lists."""
    if isinstance(part, Figure):
        yield part
    elif isinstance(part, BaseModel):
        for _, value in part:
            yield from figures(value)
    elif isinstance(part, dict):
        for value in part.values():
            yield from figures(value)
    elif isinstance(part, tuple | list):
        for value in part:
            yield from figures(value)
