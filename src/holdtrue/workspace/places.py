"""Files that a person names: those to read, which must be there, and those to write, which must harm nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from holdtrue.foundation import DataNotFound, WrongUse


def missing_file(path: Path) -> DataNotFound:
    """Make the error of a path a person named where no file is."""
    if path.is_dir():
        return DataNotFound(f"{path} is a folder", hint="name one file in it")
    if path.exists():
        return DataNotFound(f"{path} is no ordinary file", hint="save the table as a file first")
    return DataNotFound(f"no such file: {path}", hint="check the path")


def require_apart(outputs: Iterable[Path | None], kept: Mapping[Path, str], root: Path | None = None) -> None:
    """Refuse to write over files that are kept, over code, and one output over another.

    Args:
        outputs: where a command will write; None is passed over. kept: resolved paths, of files or of folders that are
            read, and why each is. root: the project's folder, where there is one.

    Raises:
        WrongUse: names the output.
    """
    seen: set[Path] = set()
    for out in outputs:
        if out is None:
            continue
        place = out.resolve()
        why = kept.get(place) or next((kept[each] for each in place.parents if kept.get(each) == "read"), "")
        if place.suffix == ".py" and root is not None and place.is_relative_to(root.resolve()):
            why = "code"
        if why:
            raise WrongUse(f"{out} is {why}: writing there would lose it", hint="write elsewhere")
        if place in seen:
            raise WrongUse(f"{out} is named for two outputs: one would replace the other", hint="name a file for each")
        seen.add(place)
