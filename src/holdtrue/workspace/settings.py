"""A project's settings: `[tool.holdtrue]` of its `pyproject.toml`, each overridden by an environment variable."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import unquote

import msgspec
from msgspec import Meta, Struct, field

from holdtrue.foundation import FalseAlarms, WrongUse, false_alarms_of

_PREFIX = "HOLDTRUE_"
_SQLITE_FILES = ("", "-wal", "-shm", "-journal")
_ALIKE = 0.75  # a variable this near to a setting's name is a slip; others may belong to something else
_KINDS = {int: "a whole number", float: "a number", str: "text"}
_TABLES = {
    "weights": "a table of groups and numbers, such as {inputs = 0.5, errors = 0.5}",
    "limits": "a table of figures and numbers, such as {latency = 50, failures = 1}",
}


class WatchedAs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one model's rows are compared with its baseline, where `model.py` does not say it.

    Attributes:
        season: `hour`, `weekday`, `month` or a field. block: `hour`, `day`, `week`, or a number of rows from 2 on.
        tolerance: in place of the project's, from 0 to 1. tolerances: of single quantities, in place of that: a number
            in the quantity's own unit, `0.2 sd` or `0.55 superiority`.
    """

    season: str | None = None
    block: Literal["hour", "day", "week"] | Annotated[int, Meta(ge=2)] | None = None
    tolerance: Annotated[float, Meta(ge=0, le=1)] | None = None
    tolerances: dict[str, float | str] = {}


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a project may set, with defaults that run everything on one machine.

    Attributes:
        store: where bytes are kept: a folder, relative to the project; ~ is the home folder, here and below.
        catalog: where records are kept: a file or a SQLAlchemy URL; a relative SQLite path is relative to the project.
        log: the folder of the prediction log, relative to the project.
        engine: where work runs.
        host, port: where `serve` and `up` listen.
        durability: when an answer's record is on disk: `none`, `batch` (within 50 ms) or `sync` (before the answer).
        false_alarms: at most how many false alarms in so many rows or days, all watches of a model together.
        weights: how the groups of a watch share that, such as `inputs=0.5, errors=0.5`; only proportions matter.
        tolerance: the smallest change worth an alarm, in standard deviations of a quantity's normal scores, from 0.
        labels_within: days after which the label of a row should have come.
        limits: the greatest latency, failures, ... of the service that are well, such as `latency=50, failures=1`.
        price_per_gb_month: what storage costs, in dollars.
        watch: model to how its rows are compared with its baseline, as `holdtrue monitor adopt` writes it.
    """

    store: str = ".holdtrue/store"
    catalog: str = "sqlite:///.holdtrue/catalog.sqlite"
    log: str = ".holdtrue/log"
    engine: Literal["local"] = "local"
    host: str = "127.0.0.1"
    port: int = 8700
    durability: Literal["none", "batch", "sync"] = "batch"
    false_alarms: str = "1 per 100000 rows or 30 days"
    weights: dict[str, float] = field(default_factory=dict)
    tolerance: float = 0.0
    labels_within: float = 45.0
    limits: dict[str, float] = field(default_factory=dict)
    price_per_gb_month: float = 0.023
    watch: dict[str, WatchedAs] = field(default_factory=dict)

    @property
    def rate(self) -> FalseAlarms:
        """The stated rate of false alarms."""
        return false_alarms_of(self.false_alarms)

    def store_at(self, root: Path) -> str:
        """Return the store's address: a folder's whole path, or what begins with a scheme as it is."""
        return self.store if "://" in self.store else str(_placed(root, self.store))

    def store_folder(self, root: Path) -> Path | None:
        """Return the store's folder; None if it is not on this machine."""
        scheme, separator, rest = self.store.partition("://")
        if not separator:
            return _placed(root, self.store)
        return Path(unquote(rest)) if scheme == "file" else None

    def catalog_at(self, root: Path) -> str:
        """Return the catalog's address: a file's whole path, or what begins with another scheme as it is."""
        path = self._catalog_path(root)
        return self.catalog if path is None else str(path)

    def log_at(self, root: Path) -> Path:
        """Return the folder of the prediction log."""
        return _placed(root, self.log)

    def kept_at(self, root: Path) -> tuple[Path, ...]:
        """Return the folder of the store and the files of the catalog, so far as they are on this machine."""
        stored = self.store_folder(root)
        catalog = self._catalog_path(root)
        beside = () if catalog is None else tuple(catalog.with_name(catalog.name + end) for end in _SQLITE_FILES)
        return beside if stored is None else (stored, *beside)

    def _catalog_path(self, root: Path) -> Path | None:
        scheme, separator, rest = self.catalog.partition("://")
        if not separator:
            return _placed(root, self.catalog)
        return _placed(root, rest[1:]) if scheme == "sqlite" and rest.startswith("/") else None


def _placed(root: Path, path: str) -> Path:
    return root / Path(path).expanduser()


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
    return _checked(settings, root, places)


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
    if name in _TABLES and isinstance(value, str):  # of a variable: inputs=0.5, errors=0.5
        value = dict(pair.partition("=")[::2] for pair in value.replace(" ", "").split(",") if pair)
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as wrong:
        if name == "watch":
            hint = f'mend {place}; of a model write such as season = "hour", block = "day", tolerance = 0.1'
            raise WrongUse(f"watch: {wrong}", hint=hint) from wrong
        choices = "" if name in _TABLES else ", ".join(get_args(kind))
        needed = _TABLES[name] if name in _TABLES else f"one of {choices}" if choices else _KINDS[kind]
        raise WrongUse(f"{name} is {value!r}, which is not {needed}", hint=f"mend {place}") from wrong


def _checked(settings: Settings, root: Path, places: Mapping[str, str]) -> Settings:
    for name in ("store", "catalog", "log", "host"):
        if not str(getattr(settings, name)).strip():
            raise WrongUse(f"{name} is empty", hint=f"mend {places.get(name, name)}, or leave it out for the default")
    stored = settings.store_folder(root)
    for name, place in (("store", stored), ("log", settings.log_at(root))):
        if place is not None and root.resolve().is_relative_to(place.resolve()):
            raise WrongUse(f"{name} is {place}, which holds the project itself", hint="give it a folder of its own")
    if not 0 <= settings.port <= 65535:
        raise WrongUse(f"port {settings.port} is not between 0 and 65535", hint="mend the setting `port`")
    try:
        _ = settings.rate
    except WrongUse as wrong:
        where = places.get("false_alarms", "the setting `false_alarms`")
        raise WrongUse(f"false_alarms: {wrong}", hint=f"in {where}, {wrong.hint}") from wrong
    for group, weight in settings.weights.items():
        if not 0 < weight < math.inf:
            raise WrongUse(
                f"the weight of {group} is {weight:g}", hint="give each group you name a weight above 0 in `weights`"
            )
    if not 0 <= settings.tolerance <= 1:
        raise WrongUse(f"tolerance {settings.tolerance:g} is not between 0 and 1", hint="mend the setting `tolerance`")
    if not 0 < settings.labels_within < 36_500:
        what = f"labels_within {settings.labels_within:g} is no number of days above 0"
        raise WrongUse(what, hint="mend the setting `labels_within`")
    tolerances = {name: stated for own in settings.watch.values() for name, stated in own.tolerances.items()}
    if settings.weights or settings.limits or tolerances:
        _check_names(settings, tolerances)
    if not 0 <= settings.price_per_gb_month < math.inf:
        raise WrongUse(f"price_per_gb_month is {settings.price_per_gb_month:g}", hint="set it to 0 or more")
    return settings


def _check_names(settings: Settings, tolerances: Mapping[str, float | str]) -> None:
    from holdtrue.monitors import RULES, WEIGHTS  # they load NumPy, which most commands do without
    from holdtrue.monitors.tolerances import checked

    for name, stated in tolerances.items():
        checked(name, stated)
    for name, given, known in (("weights", settings.weights, WEIGHTS), ("limits", settings.limits, RULES)):
        unknown = [each for each in given if each not in known]
        if unknown:
            what = "group that is watched" if name == "weights" else "figure of the service"
            raise WrongUse(
                f"{name} names {', '.join(unknown)}, which is no {what}",
                hint=f"the {what.split()[0]}s are {', '.join(known)}",
            )
    for figure, limit in settings.limits.items():
        if not 0 < limit < math.inf:
            raise WrongUse(f"the limit of {figure} is {limit:g}", hint="give each figure you name a limit above 0")
