"""A project's settings: `[tool.holdtrue]` of its `pyproject.toml`, each overridden by an environment variable."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from holdtrue.foundation import WrongUse

_PREFIX = "HOLDTRUE_"
_ALIKE = 0.75  # a variable this near to a setting's name is a slip; others may belong to something else
_KINDS = {int: "a whole number", float: "a number", str: "text"}


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
    engine: Literal["local"] = "local"
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
    file = root / "pyproject.toml"
    given = _written(file)
    for name in given:
        if name not in Settings.__struct_fields__:
            raise _unknown(f'unknown setting "{name}" in [tool.holdtrue] of {file}', name)
    places = dict.fromkeys(given, f"[tool.holdtrue] of {file}")
    for variable, value in environ.items():
        name = variable.removeprefix(_PREFIX).lower()
        if variable.startswith(_PREFIX) and name in Settings.__struct_fields__:
            given[name], places[name] = value, f"the environment variable {variable}"
        elif variable.startswith(_PREFIX) and difflib.get_close_matches(name, Settings.__struct_fields__, 1, _ALIKE):
            raise _unknown(f"the environment variable {variable} sets no setting", name, _PREFIX)
    kinds = {each.name: each.type for each in msgspec.structs.fields(Settings)}
    settings = Settings(**{name: _converted(name, value, kinds[name], places[name]) for name, value in given.items()})
    return _checked(settings)


def _written(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise WrongUse(f"{file} is not valid TOML: {broken}", hint="mend the file") from broken
    tools = document.get("tool", {})
    given = tools.get("holdtrue", {}) if isinstance(tools, dict) else None
    if not isinstance(given, dict):
        raise WrongUse(f"[tool.holdtrue] of {file} is no table of settings", hint="write such as: port = 8700")
    return dict(given)


def _unknown(message: str, name: str, prefix: str = "") -> WrongUse:
    close = difflib.get_close_matches(name, Settings.__struct_fields__, 1)
    if not close:
        return WrongUse(message, hint=f"known: {', '.join(Settings.__struct_fields__)}")
    meant = prefix + close[0].upper() if prefix else close[0]
    return WrongUse(message, hint=f"did you mean {meant}?")


def _converted(name: str, value: Any, kind: Any, place: str) -> Any:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as wrong:
        choices = ", ".join(get_args(kind))
        needed = f"one of {choices}" if choices else _KINDS[kind]
        raise WrongUse(f"{name} is {value!r}, which is not {needed}", hint=f"mend {place}") from wrong


def _checked(settings: Settings) -> Settings:
    if not 0 <= settings.port <= 65535:
        raise WrongUse(f"port {settings.port} is not between 0 and 65535", hint="mend the setting `port`")
    if not 100 <= settings.false_alarm_rows < math.inf:
        raise WrongUse(
            f"false_alarm_rows is {settings.false_alarm_rows:g}", hint="set it to 100 or more: fewer cries wolf all day"
        )
    if not 0 <= settings.tolerance <= 1:
        raise WrongUse(f"tolerance {settings.tolerance:g} is not between 0 and 1", hint="mend the setting `tolerance`")
    if not 0 <= settings.price_per_gb_month < math.inf:
        raise WrongUse(f"price_per_gb_month is {settings.price_per_gb_month:g}", hint="set it to 0 or more")
    return settings
