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
