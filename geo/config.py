"""Settings: what may differ between two installations (`territory.toml`, then `ARTOIS_*` variables)."""

import tomllib
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from geo.errors import ConfigError

ROOT: Final = Path(__file__).resolve().parents[1]
EMBEDDED: Final = ROOT / "data" / "raw" / "artois"
"""The project's own fact tables, used when a raw folder brings none."""


class Epci(BaseModel, frozen=True, extra="forbid"):
    """One intercommunality of the territory."""

    siren: str = Field(pattern=r"^\d{9}$")
    short: str
    name: str


class Territory(BaseModel, frozen=True, extra="forbid"):
    """The area served: names, members, where maps open (WGS84 degrees); `params` holds choices for pipelines."""

    name: str
    short: str
    network: str
    language: str = "fr"
    center: tuple[float, float]
    zoom: int = Field(ge=1, le=19)
    bbox: tuple[float, float, float, float]
    epci: tuple[Epci, ...] = Field(min_length=1)
    params: dict[str, dict[str, object]] = Field(default_factory=dict)

    def member(self, key: str) -> Epci | None:
        """Return the EPCI of that SIREN or short name."""
        return next((epci for epci in self.epci if key in (epci.siren, epci.short)), None)


class Settings(BaseSettings):
    """Folders, address and territory; every field can be set by `ARTOIS_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="ARTOIS_", extra="ignore", frozen=True)

    raw: Path = ROOT / "data" / "raw"
    processed: Path = ROOT / "data" / "processed"
    territory_file: Path = ROOT / "territory.toml"
    register_file: Path = ROOT / "var" / "register" / "register.gpkg"
    database_url: SecretStr | None = None
    assets: Path = ROOT / "node_modules"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)

    @property
    def store(self) -> Path:
        """Return the file that the API serves from."""
        return self.processed / "store.gpkg"

    @property
    def register_url(self) -> SecretStr | None:
        """Return the address of the register's PostgreSQL database; None where it lives in `register_file`."""
        return self.database_url if self.database_url is not None and self.database_url.get_secret_value() else None

    def territory(self) -> Territory:
        """Read the territory's description.

        Raises
        ------
        ConfigError
            If the file is absent, is no TOML, or a field is missing or wrong.
        """
        try:
            return read_toml(self.territory_file, Territory)
        except (FileNotFoundError, IsADirectoryError) as error:
            raise ConfigError(
                f"{self.territory_file} is absent or a folder; expected the territory's description; "
                "set ARTOIS_TERRITORY_FILE"
            ) from error


Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: Path, model: type[Model]) -> Model:
    """Return what a TOML file says, as the model that describes it.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If there is no such file: the caller knows what to tell.
    ConfigError
        If it is no TOML in UTF-8, or a field is missing or wrong; the first fault is named.
    """
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML in UTF-8: {error}; correct that line") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "as a whole"
        raise ConfigError(f"{path}, field {field}: {first['msg']}; correct it") from error


def read_settings() -> Settings:
    """Return the settings of this installation.

    Raises
    ------
    ConfigError
        If an `ARTOIS_*` variable makes no sense.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigError(f"ARTOIS_{name}={first['input']!r}: {first['msg']}; correct the variable") from error
