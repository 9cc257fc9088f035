"""Which modules are the project's own: where `import helpers` leads when a project's code says it."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib import machinery
from pathlib import Path

SUFFIXES = (".py", *machinery.EXTENSION_SUFFIXES)


def own_roots(root: Path) -> tuple[Path, ...]:
    """Return the folders that a project's own modules are looked for in: its root, and `src` where there is one."""
    source = root / "src"
    return (root, source) if source.is_dir() and not (source / "__init__.py").exists() else (root,)


def is_own(root: Path, name: str) -> bool:
    """Say whether an absolute import of a top-level name, made by the project's code, means a module of its own.

    As for a script in that folder, a file or a package of the project comes before anything installed. A folder
    without `__init__.py` counts if it holds Python files and nothing else answers to the name. `holdtrue` never does.
    """
    if name == "holdtrue":
        return False
    bare = False
    for folder in own_roots(root):
        if any((folder / f"{name}{suffix}").is_file() for suffix in SUFFIXES):
            return True
        if (folder / name / "__init__.py").is_file():
            return True
        bare = bare or ((folder / name).is_dir() and _holds_python(folder / name))
    return bare and name not in sys.stdlib_module_names and installed_at(name) is None


def find_module(root: Path, name: str) -> tuple[Path, ...]:
    """Return the files that make up one of the project's own modules, without its parents; empty if there is none.

    Example:
        >>> find_module(Path("/nowhere"), "helpers")
        ()
    """
    found: list[Path] = []
    for folder in own_roots(root):
        place = folder.joinpath(*name.split("."))
        files = [place.with_name(f"{place.name}{suffix}") for suffix in SUFFIXES] + [place / "__init__.py"]
        found += [file for file in files if file.is_file()]
    return tuple(found)


def _holds_python(folder: Path) -> bool:
    return folder.is_dir() and next(folder.rglob("*.py"), None) is not None


def installed_at(name: str) -> Path | None:
    """Return the file that a top-level module is found in by Python's own search path, or None."""
    return _found_at(name, tuple(place for place in sys.path if place not in ("", ".")))


@lru_cache(maxsize=1024)
def _found_at(name: str, places: tuple[str, ...]) -> Path | None:
    found = machinery.PathFinder.find_spec(name, places)
    if found is None or found.origin is None:
        return None
    return Path(found.origin).resolve() if found.has_location else Path(name)
