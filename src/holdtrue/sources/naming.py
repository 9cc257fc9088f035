"""How a file of data is named: to a person, and in a version of it, from where it must be possible to write it back."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from holdtrue.foundation import WrongUse


def path_in(root: Path, path: Path) -> str:
    """Return how messages name a file: its path from the project's root, or the whole path where it lies outside."""
    inside = _inside(root.resolve(), path)
    return path.as_posix() if inside is None else inside.as_posix()


def kept_path(root: Path, path: Path, outside: Path | None = None) -> str:
    """Return the path that a version of data keeps a file under: relative, without `..`, the same wherever one stands.

    A file of the project has its path from the root. One outside has its path from the folder that was asked for,
    with that folder's name before it; or its name alone where it was asked for by itself.

    Args:
        root: the project's folder.
        path: the file.
        outside: the folder (or the fixed part of a pattern) that was asked for; None if it was the file itself.

    Raises:
        WrongUse: the name is not UTF-8, or cannot be kept.
    """
    inside = _inside(root.resolve(), path)
    if inside is None:
        inside = Path(path.name)
        if outside is not None:
            folder, whole = outside.resolve(), path.parent.resolve() / path.name
            if whole.is_relative_to(folder):
                inside = Path(folder.name) / whole.relative_to(folder)
    kept = inside.as_posix()
    try:
        kept.encode("utf-8")
    except UnicodeEncodeError:
        raise WrongUse(f"the file {kept!r} has a name that is not UTF-8", hint="give it another name") from None
    if not kept or kept.startswith("/") or ".." in PurePosixPath(kept).parts:
        raise WrongUse(f"{path} has no path that a version could keep it under", hint="copy it into the project")
    return kept


def _inside(root: Path, path: Path) -> Path | None:
    whole = path.absolute()
    # As it is written, where that is plain: what lies behind a link in the project is named by the link.
    if ".." not in whole.parts and whole.is_relative_to(root):
        return whole.relative_to(root)
    resolved = whole.parent.resolve() / whole.name
    return resolved.relative_to(root) if resolved.is_relative_to(root) else None
