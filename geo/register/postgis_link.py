"""A connection to PostgreSQL that speaks as the register's file does; and an address that is never shown."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

from geo.errors import ConfigError, RegisterError
from geo.register.connection import BUSY_S, Rows, RuleError

if TYPE_CHECKING:
    import psycopg

DEFAULTS: Final = MappingProxyType({
    "application_name": "artois", "connect_timeout": 10,
    "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
})  # fmt: skip
"""What an address may say otherwise. Seconds."""

SEARCH_PATH: Final = """
SELECT set_config('search_path', concat_ws(', ', 'register', quote_ident(n.nspname), 'pg_temp'), false)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'
"""
SETTINGS: Final = f"""
SET synchronous_commit = on;
SET lock_timeout = {BUSY_S * 1000:.0f};
SET statement_timeout = 0;
SET tcp_keepalives_idle = 30;
SET tcp_keepalives_interval = 10;
SET tcp_keepalives_count = 3;
SET datestyle = 'ISO'
"""


class Session:
    """A connection that speaks as the register's file does: `?` for parameters, the same errors."""

    def __init__(self, link: "psycopg.Connection[Any]", name: str) -> None:
        """Wrap a connection in autocommit mode."""
        self.link, self.name = link, name

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Rows:
        """Run one statement, or a script without parameters.

        No text of PostgreSQL holds a NUL: what a query compares with one is compared with NULL, and is not found.
        """
        with told(self.name):
            if not parameters:
                return self.link.execute(sql.encode())
            if sql.lstrip().startswith("SELECT"):
                parameters = [None if isinstance(one, str) and "\x00" in one else one for one in parameters]
            return self.link.execute(with_percents(sql), parameters)

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Rows:
        """Run a statement once for each row of parameters."""
        with told(self.name):
            cursor = self.link.cursor()
            cursor.executemany(with_percents(sql), parameters)
            return cursor

    def require_idle(self) -> None:
        """Refuse a transaction within another: PostgreSQL would warn, and end both with the inner one.

        Raises
        ------
        ValueError
            If one is open: a mistake in the program.
        """
        from psycopg.pq import TransactionStatus

        if self.link.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            raise ValueError("found a read or write of the register within another; expected one after the other")

    def commit(self) -> None:
        """Commit, or say that nothing was: after an error, PostgreSQL answers COMMIT by rolling back.

        Raises
        ------
        RegisterError
            If the transaction was not committed.
        """
        with told(self.name):
            done = self.link.execute("COMMIT").statusmessage
        if done != "COMMIT":
            raise RegisterError(f"{self.name}: found a write with a fault in it; nothing was recorded: correct it")

    def rollback(self) -> None:
        """Forget the transaction; a connection that is lost has forgotten it already."""
        import psycopg

        with suppress(psycopg.Error):
            self.link.execute("ROLLBACK")


def connect(url: SecretStr) -> Session:
    """Return a new connection, as the register is always opened.

    Raises
    ------
    ConfigError
        If the address makes no sense, or psycopg is absent.
    RegisterError
        If the server cannot be reached.
    """
    given = parameters_of(url)
    name = place(given)
    import psycopg

    with told(name):
        link = psycopg.connect("", autocommit=True, **{**DEFAULTS, **given, "client_encoding": "utf8"})
        try:
            link.execute(SETTINGS)
            link.execute(SEARCH_PATH)
        except BaseException:
            link.close()
            raise
    return Session(link, name)


def parameters_of(url: SecretStr) -> dict[str, Any]:
    """Return what an address says.

    Raises
    ------
    ConfigError
        If it makes no sense: nothing of it is shown, for a part of a password may stand anywhere in a wrong address.
    """
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise ConfigError(
            "ARTOIS_DATABASE_URL is set and psycopg is absent; expected it; run `pip install 'psycopg[binary]'`"
        ) from error
    wrong = ConfigError(
        "ARTOIS_DATABASE_URL is no address of a PostgreSQL database; expected postgresql://user:password@host/database "
        "with the password's special characters as %XX; correct it"
    )
    try:
        given = conninfo_to_dict(url.get_secret_value())
    except psycopg.Error:
        raise wrong from None
    shown = [str(given.get(key, "")) for key in ("host", "hostaddr", "dbname", "user", "port")]
    if any("@" in text for text in shown) or not all(one.isdigit() for one in shown[-1].split(",") if one):
        raise wrong
    if not given.get("dbname"):
        raise wrong
    return dict(given)


def place(given: dict[str, Any]) -> str:
    """Return how messages name a database."""
    return f"the register at {given.get('host') or 'localhost'}/{given['dbname']}"


@lru_cache(maxsize=512)
def with_percents(sql: str) -> bytes:
    """Return SQL with psycopg's marks for parameters; none of ours has a question mark in a literal."""
    return sql.replace("%", "%%").replace("?", "%s").encode()


@contextmanager
def told(name: str) -> Iterator[None]:
    """Say in one line what PostgreSQL could not do, never with a password."""
    import psycopg
    from psycopg import errors

    try:
        yield
    except (errors.IntegrityError, errors.DataError) as error:
        raise RuleError(first_line(error)) from error
    except errors.LockNotAvailable as error:
        raise RegisterError(f"{name} has been busy for {BUSY_S:.0f} s; expected a turn to write; try again") from error
    except (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege) as error:
        raise RegisterError(
            f"{name} cannot be written ({first_line(error)}); expected rights; nothing was recorded: give them"
        ) from error
    except errors.DiskFull as error:
        raise RegisterError(
            f"{name} cannot be written ({first_line(error)}); expected room; nothing was recorded: free some space"
        ) from error
    except (errors.DataCorrupted, errors.IndexCorrupted) as error:
        raise RegisterError(
            f"{name} is damaged ({first_line(error)}); expected a register; restore a backup with "
            "`artois register restore`"
        ) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise RegisterError(
            f"{name} cannot be used now ({first_line(error)}); expected a running server; what was not acknowledged "
            "may not be recorded: start the server, read again"
        ) from error


def first_line(error: Exception) -> str:
    """Return the first line of a message."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
