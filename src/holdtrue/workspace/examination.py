"""Is everything this project rests on in order? What `holdtrue doctor` looks at."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Literal

from msgspec import Struct

from holdtrue.foundation import SILENT, HoldtrueError, Progress, new_id
from holdtrue.predictionlog import abandoned_tails
from holdtrue.project import Model
from holdtrue.registry import verify_record
from holdtrue.store import Damage
from holdtrue.versions import find_gaps, forget_captured, import_captured
from holdtrue.workspace.archive import Archive
from holdtrue.workspace.discovery import MODEL_FILE
from holdtrue.workspace.servers import running_servers

_LITTLE_ROOM = 1_000_000_000  # bytes free on the disk below which doctor warns
_REQUIREMENT = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?\s*(?:\(?>=\s*([0-9][0-9.]*)\)?)?")


class Finding(Struct, frozen=True, kw_only=True):
    """One thing looked at: `fine`, a `warning`, or `bad` (it must be mended)."""

    name: str
    status: Literal["fine", "warning", "bad"]
    message: str


def examine(archive: Archive | None, progress: Progress = SILENT) -> tuple[Finding, ...]:
    """Look at the libraries and, where there is a project, its catalog, events, leases, code, store, disk, servers."""
    found = [*_libraries()]
    if archive is not None:
        try:
            found += _records(archive)
        except HoldtrueError as broken:
            found.append(Finding(name="catalog", status="bad", message=str(broken)))
        found += [_code(archive), _store(archive, progress), _log(archive), _room(archive.root), _servers(archive)]
    return tuple(found)


def _libraries() -> Iterator[Finding]:
    python, own = platform.python_version(), metadata.version("holdtrue")
    wrong, counted = [], 0
    for line in metadata.requires("holdtrue") or ():
        requirement, _, marker = line.partition(";")
        matched = _REQUIREMENT.match(requirement.strip())
        if matched is None or "extra" in marker:
            continue
        counted += 1
        name, least = matched[1], matched[2] or ""
        try:
            present = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} is not installed")
            continue
        if least and _release(present) < _release(least):
            wrong.append(f"{name} {present} is older than {least}")
    if wrong:
        yield Finding(name="libraries", status="bad", message=f"{'; '.join(wrong)}; reinstall: pip install holdtrue")
    else:
        message = f"holdtrue {own} on Python {python}; {counted} libraries are there and new enough"
        yield Finding(name="libraries", status="fine", message=message)
    yield _model_libraries()


def _model_libraries() -> Finding:
    present: dict[str, str] = {}
    for name in ("lightgbm", "scikit-learn", "skops", "shap"):
        try:
            present[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    if not present:
        hint = "none is installed; get one with: pip install 'holdtrue[lightgbm]' or 'holdtrue[sklearn]'"
        return Finding(name="model libraries", status="warning", message=hint)
    listed = ", ".join(f"{name} {version}" for name, version in present.items())
    if "scikit-learn" in present and "skops" not in present:
        message = f"{listed}; skops, which keeps scikit-learn's models, is missing: pip install 'holdtrue[sklearn]'"
        return Finding(name="model libraries", status="warning", message=message)
    return Finding(name="model libraries", status="fine", message=listed)


def _release(version: str) -> tuple[int, ...]:
    """Return the numbers that a version begins with.

    Example:
        >>> _release("2.0.36rc1") < _release("2.1")
        True
    """
    numbers = []
    for part in version.split("."):
        digits = re.match(r"\d+", part)
        if digits is None:
            break
        numbers.append(int(digits[0]))
    return tuple(numbers)


def _records(archive: Archive) -> Iterator[Finding]:
    verdict = verify_record(archive.catalog)
    yield Finding(name="events", status="fine" if verdict.intact else "bad", message=verdict.message)
    now = archive.clock.now()
    stale = [lease for lease in archive.catalog.leases.list() if lease.expires < now]
    held = [lease for lease in archive.catalog.leases.list() if lease.expires >= now]
    if stale:
        named = ", ".join(f"{lease.name} of {lease.holder}" for lease in stale)
        message = f"left behind by a process that died: {named}; the next to ask takes it over"
        yield Finding(name="leases", status="warning", message=message)
    else:
        named = ", ".join(f"{lease.name} of {lease.holder}" for lease in held) or "none held"
        yield Finding(name="leases", status="fine", message=named)


def check_store(archive: Archive, progress: Progress = SILENT) -> tuple[Damage, ...]:
    """Read every stored byte, then look whether all is there that manifests and the catalog speak of."""
    damages = archive.store.check(progress)
    known = {each.id: ("model", f"{each.model}:v{each.number}") for each in archive.catalog.versions.list()}
    known |= {each.id: ("data", f"{each.name}@{each.number}") for each in archive.catalog.data.list()}
    return (*damages, *find_gaps(archive.store, known))


def _code(archive: Archive) -> Finding:
    """Import the project's model.py as it is now, under a name of its own, and forget it again."""
    looked_at = f"doctor{new_id(archive.clock.now())}"
    try:
        module = import_captured(archive.root, looked_at, MODEL_FILE)
        models = [each for each in vars(module).values() if isinstance(each, Model)]
        for model in models:
            model.require_complete()
    except HoldtrueError as broken:
        hint = f" ({broken.hint})" if broken.hint else ""
        return Finding(name=MODEL_FILE, status="bad", message=f"{broken.message}{hint}")
    finally:
        forget_captured(looked_at)
    if not models:
        return Finding(name=MODEL_FILE, status="bad", message="it defines no model: write one with ht.Model(...)")
    named = ", ".join(dict.fromkeys(model.name for model in models))
    return Finding(name=MODEL_FILE, status="fine", message=f"can be imported, and defines {named}")


def _store(archive: Archive, progress: Progress) -> Finding:
    try:
        damages = check_store(archive, progress)
        usage = archive.store.usage()
    except HoldtrueError as broken:
        return Finding(name="store", status="bad", message=str(broken))
    if damages:
        return Finding(name="store", status="bad", message="; ".join(damage.message for damage in damages))
    message = f"{usage.objects:,} objects and {usage.chunks:,} chunks in {usage.packs:,} packs, all whole"
    return Finding(name="store", status="fine", message=message)


def _log(archive: Archive) -> Finding:
    try:
        models = archive.catalog.versions.models()
        tails = [tail for model in models for tail in abandoned_tails(archive.log, model)]
    except (HoldtrueError, OSError) as broken:
        return Finding(name="prediction log", status="bad", message=str(broken))
    if tails:
        return Finding(name="prediction log", status="bad", message="; ".join(tail.message for tail in tails))
    return Finding(name="prediction log", status="fine", message="every log ends with a whole record")


def _room(root: Path) -> Finding:
    free = shutil.disk_usage(root).free
    status: Literal["fine", "warning"] = "fine" if free >= _LITTLE_ROOM else "warning"
    return Finding(name="disk", status=status, message=f"{free / 1e9:,.1f} GB free where {root} is")


def _servers(archive: Archive) -> Finding:
    servers = running_servers(archive)
    message = ", ".join(f"{note.url} (process {note.pid})" for note in servers) or "none runs"
    return Finding(name="servers", status="fine", message=message)
