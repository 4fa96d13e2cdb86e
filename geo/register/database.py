"""The register's home: a GeoPackage, or a PostgreSQL database with PostGIS where one is configured.

Both give the same: snapshots to read, signed transactions to write one after the other, and an acknowledged write that
outlives a killed process and a lost power supply.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, Self

from pydantic import SecretStr

from geo.config import Settings
from geo.register import postgis, sqlite_file
from geo.register.connection import Connection


class Home(Protocol):
    """Where the rows are."""

    @property
    def name(self) -> str:
        """Return how messages name it."""

    def exists(self) -> bool:
        """Tell whether a register has been made there."""

    def initialise(self) -> int:
        """Create the tables, or bring them up to date; return how many migrations were applied."""

    def outdated(self) -> AbstractContextManager[Connection | None]:
        """Give a register whose tables lack migrations; None where they lack none, or there is no register."""

    def read(self) -> AbstractContextManager[Connection]:
        """Give a snapshot."""

    def write(self, who: str) -> AbstractContextManager[Connection]:
        """Give a signed transaction."""

    def close(self) -> None:
        """Close this thread's connection, if it has one."""


class Register:
    """The register: one connection per thread, snapshots to read, transactions to write."""

    def __init__(self, path: Path, url: SecretStr | None = None) -> None:
        """Remember the file and the address of the database, if any; they are opened when they are first asked.

        With an address, the rows live in that database; the file is not touched, but photos and backups stand beside
        its place.
        """
        self.path = path
        self.url = url
        self.home: Home = postgis.Database(url) if url is not None else sqlite_file.File(path)

    @property
    def name(self) -> str:
        """Return how messages name the register: never with a password."""
        return self.home.name

    def exists(self) -> bool:
        """Tell whether the register has been made.

        Raises
        ------
        RegisterError
            If its database cannot be reached.
        """
        return self.home.exists()

    def initialise(self) -> int:
        """Create the register, or bring its tables up to date; return how many migrations were applied.

        Raises
        ------
        RegisterError
            If newer software has made it, or it is no register.
        """
        return self.home.initialise()

    def read(self) -> AbstractContextManager[Connection]:
        """Give one snapshot of the register, which nothing can change.

        Raises
        ------
        MissingDataError
            If there is no register.
        RegisterError
            If it is of another schema, damaged, busy, or out of reach.
        """
        return self.home.read()

    def write(self, who: str) -> AbstractContextManager[Connection]:
        """Give a transaction signed by `who`: all of the block is recorded when it ends well, else nothing.

        When the block has been left, the write is on the disk.

        Raises
        ------
        MissingDataError
            If there is no register.
        RegisterError
            If it is of another schema, damaged, busy, out of reach, or the disk is full.
        """
        return self.home.write(who)

    def __enter__(self) -> Self:
        """Return the register, to be closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close this thread's connection."""
        self.close()

    def close(self) -> None:
        """Close this thread's connection, if it has one."""
        self.home.close()


def open_register(settings: Settings) -> Register:
    """Return the register of an installation: in PostGIS where `ARTOIS_DATABASE_URL` is set, else in its file."""
    return Register(settings.register_file.resolve(), settings.register_url)


def initialise(path: Path, url: SecretStr | None = None) -> int:
    """Create a register, or bring its tables up to date, as `Register.initialise`."""
    return Register(path, url).initialise()
