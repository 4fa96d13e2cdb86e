"""What can go wrong through data or users; every message says found, expected, what to do."""


class GeoError(Exception):
    """Root of the errors that a user's data or request can cause: shown as one line, never as a traceback."""


class MissingDataError(GeoError, FileNotFoundError):
    """A file or product that is needed is not there."""


class SourceError(GeoError, ValueError):
    """A provider's file is there but is not what its reader expects."""


class CrsError(GeoError, ValueError):
    """A projection is missing, unsupported, or not the one required."""


class ProductError(GeoError, ValueError):
    """A finished table or raster does not keep its layer's promise."""


class RequestError(GeoError, ValueError):
    """A request to the API or the command line cannot be understood."""


class UnknownNameError(GeoError, KeyError):
    """A layer, map or site of that name does not exist."""

    def __str__(self) -> str:
        """Return the message without the quotes that KeyError adds."""
        return str(self.args[0]) if self.args else ""


class ConfigError(GeoError, ValueError):
    """A setting is missing or makes no sense."""


class ForbiddenError(GeoError, PermissionError):
    """A user asks for what his role or organisation may not do."""


class ConflictError(GeoError, ValueError):
    """A write contradicts what is recorded: a code taken, an idempotency key used for something else."""


class StaleError(ConflictError):
    """A write starts from a version that somebody else has changed since."""


class IllegalMoveError(ConflictError):
    """A status is asked to move where it may not go."""


class RegisterError(GeoError, RuntimeError):
    """The register cannot be read or written now: busy, full disk, damaged, or of another version."""
