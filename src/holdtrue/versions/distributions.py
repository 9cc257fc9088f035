"""Which installed distributions a set of imports comes from, and their versions."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from functools import lru_cache
from importlib import machinery, metadata
from pathlib import Path

from holdtrue.foundation import digest, digest_of


def distribution_versions(modules: Iterable[str]) -> dict[str, str]:
    """Return distribution to version of the top-level modules named, with `python` (major.minor) always there.

    A module that is not installed is `absent`. A distribution installed in editable form is the working copy of
    somebody's code, whose version says little: the hash of its Python files is added.
    """
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for module in sorted(set(modules)):
        if module in sys.stdlib_module_names:
            continue
        names = _distributions_of(module)
        if not names:
            found[module] = "absent"
        for name in names:
            found[name] = _version(name, module)
    return found


def _distributions_of(module: str) -> tuple[str, ...]:
    # Most modules are named as their distribution; only the others need the map of all that is installed.
    try:
        return (metadata.distribution(module).metadata["Name"] or module,)
    except (metadata.PackageNotFoundError, ValueError):
        return tuple(sorted(set(_installed().get(module, ()))))


@lru_cache(maxsize=1)
def _installed() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())


def _version(name: str, module: str) -> str:
    distribution = metadata.distribution(name)
    if not _is_editable(distribution):
        return distribution.version
    found = machinery.PathFinder.find_spec(module)
    if found is None or found.origin is None:
        return distribution.version
    origin = Path(found.origin)
    files = sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]
    hashes = [[file.relative_to(origin.parent).as_posix(), digest(file.read_bytes())] for file in files]
    return f"{distribution.version}+{digest_of(hashes)[:16]}"


def _is_editable(distribution: metadata.Distribution) -> bool:
    text = distribution.read_text("direct_url.json")
    if not text:
        return False
    try:
        return bool(json.loads(text).get("dir_info", {}).get("editable", False))
    except ValueError:
        return False
