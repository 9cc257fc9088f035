"""The one thing that holdtrue itself writes into a project's `pyproject.toml`: how a model is watched."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from holdtrue.foundation import WrongUse

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def write_watch(
    root: Path, model: str, season: str | None, block: str | int | None, tolerance: float
) -> tuple[Path, tuple[str, ...]]:
    """Put a model's table `[tool.holdtrue.watch.NAME]` into `pyproject.toml`, in the place of the one there was.

    All else stays as it is, to the byte. What was written is read again before it takes the file's place.

    Returns:
        The file, and the lines of the table.

    Raises:
        WrongUse: the file is no TOML, or says it in a form that cannot be replaced; the hint has the lines to write.
    """
    file = root / "pyproject.toml"
    before = file.read_text("utf-8") if file.is_file() else ""
    given = {"season": season, "block": block, "tolerance": tolerance or None, "tolerances": _tolerances(before, model)}
    values = {name: value for name, value in given.items() if value is not None}
    lines = (f"[{_header(model)}]", *(f"{name} = {_toml(value)}" for name, value in values.items()))
    after = _replaced(before, lines)
    try:
        wanted = tomllib.loads(before)
        wanted.setdefault("tool", {}).setdefault("holdtrue", {}).setdefault("watch", {})[model] = values
        sound = tomllib.loads(after) == wanted
    except (tomllib.TOMLDecodeError, AttributeError, TypeError):
        sound = False
    if not sound:
        raise WrongUse(f"{file} cannot be changed without harm", hint=f"write into it yourself: {'; '.join(lines)}")
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    part.write_text(after, "utf-8")
    if file.is_file():
        part.chmod(file.stat().st_mode)
    part.replace(file)
    return file, lines


def _tolerances(text: str, model: str) -> dict[str, Any] | None:
    """Return what a model's table says of single quantities: nothing that is adopted takes its place."""
    try:
        found = tomllib.loads(text)["tool"]["holdtrue"]["watch"][model]["tolerances"]
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {json.dumps(each)}" for name, each in value.items()) + "}"
    return json.dumps(value)


def _header(model: str) -> str:
    return f"tool.holdtrue.watch.{model if _BARE.fullmatch(model) else json.dumps(model)}"


def _replaced(text: str, table: tuple[str, ...]) -> str:
    """Return the text with the table in the place of the one of the same header, else at its end."""
    lines = text.splitlines(keepends=True)
    begin = next((place for place, line in enumerate(lines) if line.strip() == table[0]), None)
    written = [f"{line}\n" for line in table]
    if begin is None:
        whole = text if not text or text.endswith("\n") else f"{text}\n"
        return whole + ("\n" if whole else "") + "".join(written)
    end = next((place for place in range(begin + 1, len(lines)) if lines[place].lstrip().startswith("[")), len(lines))
    kept: list[Any] = [line for line in lines[begin + 1 : end] if not line.strip() or line.lstrip().startswith("#")]
    return "".join([*lines[:begin], *written, *kept, *lines[end:]])
