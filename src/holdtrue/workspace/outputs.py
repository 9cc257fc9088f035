"""The reports and answers that commands wrote where someone asked for them: no part of the project's code or data.

What was written is noted in the project's `.holdtrue`. A file is an output as long as it is as it was written; what a
person put in its place, or changed, is theirs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from holdtrue.foundation import HoldtrueError, WrongUse
from holdtrue.pipeline import declared_files
from holdtrue.sources import source_paths

_NOTES = Path(".holdtrue") / "outputs"


class _Output(Struct):
    path: str
    size: int
    changed: int


_decoder = msgspec.json.Decoder(_Output)


def note_outputs(root: Path, written: Iterable[Path | None]) -> None:
    """Note files that a command has just written; those outside the project, and None, are passed over."""
    real = root.resolve()
    lines = b""
    for path in written:
        if path is not None and path.resolve().is_relative_to(real) and path.is_file():
            seen = path.stat()
            name = path.resolve().relative_to(real).as_posix()
            lines += msgspec.json.encode(_Output(name, seen.st_size, seen.st_mtime_ns)) + b"\n"
    if lines:
        with contextlib.suppress(OSError):  # where nothing can be noted, the report must still be written
            (root / _NOTES).parent.mkdir(exist_ok=True)
            with (root / _NOTES).open("ab") as notes:
                notes.write(lines)


def require_spare(root: Path, outputs: Iterable[Path | None], reads: Iterable[Path] = ()) -> None:
    """Refuse to write over what is read, what the project declares as data, its code, and one output over another.

    Args:
        outputs: where a command will write; None is passed over. reads: the files, or folders of files, it reads.

    Raises:
        WrongUse: names the output.
    """
    kept = {each.resolve(): "read" for each in reads}
    for source in declared_files(root):
        with contextlib.suppress(HoldtrueError):
            kept |= {each.resolve(): "declared as data" for each in source_paths(root, source)}
    seen: set[Path] = set()
    for out in outputs:
        if out is None:
            continue
        place = out.resolve()
        why = kept.get(place) or next((kept[each] for each in place.parents if kept.get(each) == "read"), "")
        if place.suffix == ".py" and place.is_relative_to(root.resolve()):
            why = "code"
        if why:
            raise WrongUse(f"{out} is {why}: writing there would lose it", hint="write elsewhere")
        if place in seen:
            raise WrongUse(f"{out} is named for two outputs: one would replace the other", hint="name a file for each")
        seen.add(place)


def outputs_in(root: Path) -> tuple[Path, ...]:
    """Return the files in a project that are still as a command wrote them."""
    try:
        lines = (root / _NOTES).read_bytes().splitlines()
    except OSError:
        return ()
    newest: dict[str, _Output] = {}
    for line in lines:
        with contextlib.suppress(msgspec.DecodeError):  # a line that was torn says nothing
            found = _decoder.decode(line)
            newest[found.path] = found
    return tuple(root / path for path, each in sorted(newest.items()) if _is_as_written(root / path, each))


def _is_as_written(path: Path, output: _Output) -> bool:
    try:
        seen = path.stat()
    except (OSError, ValueError):
        return False
    return (seen.st_size, seen.st_mtime_ns) == (output.size, output.changed)
