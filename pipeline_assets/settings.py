"""Settings and their origin: flag > `CPG_*` environment > `[tool.pipeline_assets]` in ./pyproject.toml > default."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    PyprojectTomlConfigSettingsSource,
    SettingsConfigDict,
)

Origin = Literal["flag", "environment", "pyproject", "default"]


_URL = re.compile(r"([a-z][a-z0-9+.-]+):/{1,3}(.*)", re.DOTALL)


class Settings(BaseSettings):
    """Everything that can be configured. Sizes are bytes unless the name says otherwise."""

    model_config = SettingsConfigDict(
        env_prefix="CPG_",
        frozen=True,
        extra="forbid",
        pyproject_toml_table_header=("tool", "pipeline_assets"),
        pyproject_toml_depth=0,
    )

    warehouse: Path | str = Field(
        Path("warehouse"),
        description="The folder that holds tables, snapshots and the catalog, or a URL such as s3://bucket/prefix.",
    )
    cache: Path | None = Field(
        None, description="Where files of a warehouse in object storage are kept here; by default in ~/.cache/cpg."
    )
    workers: int = Field(0, ge=0, description="Worker processes for extraction; 0 means one per core.")
    memory_limit: str = Field("4GB", description="Memory DuckDB may use before it spills to the warehouse.")
    threads: int = Field(0, ge=0, description="DuckDB threads; 0 means one per core.")
    max_file_bytes: int = Field(4 * 1024 * 1024, gt=0, description="Larger files are skipped, with a row that says so.")
    max_files: int = Field(200_000, gt=0, description="More files than this in one repository is refused.")
    profile: Literal["nothing", "stages"] = Field(
        "nothing", description="`stages` materializes and measures every stage of what is built; it costs time."
    )
    telemetry: Literal["off", "opentelemetry"] = Field(
        "off", description="`opentelemetry` sends spans of runs, tasks and stages where OTEL_* in the environment says."
    )
    query_seconds: float = Field(60.0, gt=0, description="A query that runs longer is interrupted.")
    query_rows: int = Field(1_000_000, gt=0, description="A query that returns more rows is refused.")

    repositories: Path | None = Field(
        None, description="A folder whose sub-folders are repositories: `cpg serve` registers those that appear in it."
    )
    watch: bool = Field(True, description="Whether `cpg serve` builds a repository by itself when it has changed.")
    alert_url: str = Field(
        "",
        pattern="^(https?://.*)?$",
        description="Where `cpg serve` posts runs that failed, as JSON; empty for nowhere.",
    )

    @field_validator("warehouse", mode="before")
    @classmethod
    def _place(cls, value: object) -> Path | str:
        return place_of(str(value))

    @property
    def worker_count(self) -> int:
        """Worker processes to start."""
        return self.workers or os.cpu_count() or 1

    @property
    def thread_count(self) -> int:
        """DuckDB threads to use."""
        return self.threads or os.cpu_count() or 1

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags first, then the environment, then pyproject."""
        return init_settings, env_settings, PyprojectTomlConfigSettingsSource(settings_cls)


class _WithoutPyproject(Settings):
    """Settings for when the working directory is part of what is analysed: its configuration is data, not ours."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags first, then the environment; no file."""
        return init_settings, env_settings


def place_of(text: str) -> Path | str:
    """A folder or a URL. What reads it as a path first, such as the command line, makes one slash of two."""
    url = _URL.match(text)
    if url is None:
        return Path(text)
    scheme, rest = url.groups()
    return Path("/", rest.lstrip("/")) if scheme == "file" else f"{scheme}://{rest}"


def load_settings(analysed: tuple[Path, ...] = (), **flags: Any) -> Settings:
    """The settings in force; flags that are None were not given.

    A pyproject inside an analysed repository is never read: it belongs to the data. Raises pydantic's
    `ValidationError`, which names the setting and its origin.
    """
    here = Path.cwd().resolve()
    inside = any(here.is_relative_to(path.resolve()) for path in analysed)
    given = {name: value for name, value in flags.items() if value is not None}
    return (_WithoutPyproject if inside else Settings)(**given)


def origins(settings: Settings, **flags: Any) -> dict[str, tuple[Any, Origin]]:
    """Each setting with its value and where it came from."""
    pyproject = PyprojectTomlConfigSettingsSource(Settings)()
    found: dict[str, tuple[Any, Origin]] = {}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if flags.get(name) is not None:
            found[name] = value, "flag"
        elif f"CPG_{name.upper()}" in os.environ:
            found[name] = value, "environment"
        else:
            found[name] = value, "pyproject" if name in pyproject else "default"
    return found
