"""A project's settings: `[tool.holdtrue]` of its `pyproject.toml`, each overridden by an environment variable."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from holdtrue.foundation import WrongUse


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a project may set, with defaults that run everything on one machine.

    Attributes:
        store: where bytes are kept: a folder, relative to the project.
        catalog: where records are kept: a SQLAlchemy URL; a relative SQLite path is relative to the project.
        log: the folder of the prediction log, relative to the project.
        engine: where work runs.
        host, port: where `serve` and `up` listen.
        durability: when an answer's record is on disk: `none`, `batch` (within 50 ms) or `sync` (before the answer).
        false_alarm_rows: at most one false alarm in so many answered rows, all watches of a model together.
        tolerance: the smallest change worth an alarm, in standard deviations of a quantity's normal scores, from 0.
        price_per_gb_month: what storage costs, in dollars.
    """

    store: str = ".holdtrue/store"
    catalog: str = "sqlite:///.holdtrue/catalog.sqlite"
    log: str = ".holdtrue/log"
    engine: str = "local"
    host: str = "127.0.0.1"
    port: int = 8700
    durability: Literal["none", "batch", "sync"] = "batch"
    false_alarm_rows: float = 100_000.0
    tolerance: float = 0.0
    price_per_gb_month: float = 0.023


def read_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """Read a project's settings; `HOLDTRUE_STORE` overrides `store`, and so on.

    Raises:
        WrongUse: the file is no TOML, a setting is unknown or has a value of the wrong kind.
    """
    given: dict[str, Any] = {}
    file = root / "pyproject.toml"
    if file.is_file():
        try:
            document = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
            raise WrongUse(f"{file} is not valid TOML: {broken}", hint="mend the file") from broken
        given = dict(document.get("tool", {}).get("holdtrue", {}))
    for name in Settings.__struct_fields__:
        variable = f"HOLDTRUE_{name.upper()}"
        if variable in environ:
            given[name] = environ[variable]
    for name in given:
        if name not in Settings.__struct_fields__:
            close = difflib.get_close_matches(name, Settings.__struct_fields__, 1)
            hint = f'did you mean "{close[0]}"?' if close else f"known: {', '.join(Settings.__struct_fields__)}"
            raise WrongUse(f'unknown setting "{name}" in [tool.holdtrue] of {file}', hint=hint)
    try:
        settings = msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as wrong:
        hint = f"mend [tool.holdtrue] in {file} or the HOLDTRUE_ variable"
        raise WrongUse(f"a setting has a value of the wrong kind: {wrong}", hint=hint) from wrong
    return _checked(settings)


def _checked(settings: Settings) -> Settings:
    if not 0 <= settings.port <= 65535:
        raise WrongUse(f"port {settings.port} is not between 0 and 65535", hint="mend the setting `port`")
    if settings.false_alarm_rows < 100:
        raise WrongUse(
            f"false_alarm_rows = {settings.false_alarm_rows:g} would cry wolf all day", hint="set it to 100 or more"
        )
    if not 0 <= settings.tolerance <= 1:
        raise WrongUse(f"tolerance {settings.tolerance:g} is not between 0 and 1", hint="mend the setting `tolerance`")
    if settings.price_per_gb_month < 0:
        raise WrongUse("price_per_gb_month is below 0", hint="mend the setting")
    return settings
