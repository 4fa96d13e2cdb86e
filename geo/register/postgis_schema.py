"""The register's tables in PostgreSQL: made, and brought up to date, in one transaction."""

from datetime import UTC, datetime

from pydantic import SecretStr

from geo.errors import RegisterError
from geo.register import audit
from geo.register.migrations import POSTGIS, Migration, read_migrations, require_known
from geo.register.postgis import SCHEMA, WRITE_LOCK, applied, sign_as
from geo.register.postgis_link import Session, connect

RECORD = """
CREATE TABLE migrations (number bigint PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_at text NOT NULL)
"""


def initialise(url: SecretStr, *, migrations: tuple[Migration, ...] | None = None) -> int:
    """Create the register, or bring its tables up to date; return how many migrations were applied.

    Raises
    ------
    RegisterError
        If newer software has made it, the schema holds something else, or PostGIS cannot be had.
    """
    session = connect(url)
    try:
        require_postgis(session)
    finally:
        session.link.close()
    session = connect(url)  # which knows where PostGIS is
    try:
        session.execute("BEGIN")
        session.execute("SELECT pg_advisory_xact_lock(?)", (WRITE_LOCK,))
        sign_as(session, "schema")
        done = apply(session, migrations if migrations is not None else read_migrations(POSTGIS))
        session.commit()
    finally:
        session.link.close()
    return done


def require_postgis(session: Session) -> None:
    """Have the extension, which an administrator of the server alone may bring."""
    if session.execute("SELECT 1 FROM pg_extension WHERE extname = 'postgis'").fetchone():
        return
    import psycopg

    try:
        session.execute("CREATE EXTENSION postgis")
    except (RegisterError, psycopg.Error) as error:
        raise RegisterError(
            f"{session.name} lacks PostGIS ({error}); expected the extension; ask the server's administrator for "
            "`CREATE EXTENSION postgis`"
        ) from error


def apply(session: Session, migrations: tuple[Migration, ...]) -> int:
    """Apply what lacks, inside the caller's transaction; return how many were applied."""
    done = applied(session)
    if not done:
        begin_schema(session)
    require_known(done, migrations)
    missing = [one for one in migrations if one.number not in done]
    for one in missing:
        session.execute(one.sql)
        row = (one.number, one.name, one.sha256, datetime.now(UTC).isoformat(timespec="seconds"))
        session.execute("INSERT INTO migrations VALUES (?, ?, ?, ?)", row)
    if missing:
        audit.install_postgis(session)
    return len(missing)


def begin_schema(session: Session) -> None:
    """Make the schema, unless somebody uses its name for something else."""
    session.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    held = session.execute("SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(?)", (SCHEMA,)).fetchone()
    if held is not None:
        raise RegisterError(
            f"{session.name}: the schema {SCHEMA} holds {held[0]}; expected a register or none; name another database"
        )
    session.execute(RECORD)
