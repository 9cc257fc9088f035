"""Where the log lies: `<root>/<model>/<writer>/<number>.log`, each file a segment that only its writer appends to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from holdtrue.foundation import EnvironmentFailed, StoreDamaged, WrongUse
from holdtrue.predictionlog.frames import FORMAT, HEADER_BYTES, format_of, whole_frames

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_CHUNK = 1 << 20


def folder_of(root: Path, model: str, writer: str = "") -> Path:
    """Return the folder of a model's log, or of one writer in it.

    Raises:
        WrongUse: a name that cannot be a folder's: letters, digits, dots, dashes and underscores are.

    Example:
        >>> folder_of(Path("log"), "house-price", "server-1").as_posix()
        'log/house-price/server-1'
    """
    for name in (model, writer) if writer else (model,):
        if not _NAME.fullmatch(name):
            hint = "use letters, digits, dots, dashes and underscores, beginning with a letter or digit"
            raise WrongUse(f"{name!r} cannot name a prediction log", hint=hint)
    return root / model / writer if writer else root / model


def writers_of(root: Path, model: str) -> list[str]:
    """Return the names of all that have written to a model's log, sorted."""
    folder = folder_of(root, model)
    try:
        return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    except FileNotFoundError:
        return []


def segments_of(folder: Path) -> list[str]:
    """Return a writer's segments, oldest first, as eight digits each."""
    try:
        return sorted(entry.name[:-4] for entry in os.scandir(folder) if entry.name.endswith(".log"))
    except FileNotFoundError:
        return []


def frames_from(path: Path, offset: int) -> Iterator[tuple[memoryview, int]]:
    """Give the whole frames of a segment from a place on (0: its beginning), each with the place where it ends.

    Raises:
        StoreDamaged: the file does not begin as a segment does.
        EnvironmentFailed: a later release wrote it.
    """
    with path.open("rb", buffering=0) as file:
        if offset < HEADER_BYTES:
            head = file.read(HEADER_BYTES)
            if len(head) < HEADER_BYTES:
                return  # just made: its header is still being written
            _check_format(format_of(head), path)
            offset = HEADER_BYTES
        file.seek(offset)
        rest = b""
        while chunk := file.read(max(_CHUNK, len(rest))):
            data, end = rest + chunk, 0
            for payload, end in whole_frames(data):
                yield payload, offset + end
            rest, offset = data[end:], offset + end


def end_of_whole(path: Path, known: int = 0) -> int:
    """Return where the last whole frame of a segment ends: what lies beyond is the tail of an unfinished write.

    Args:
        known: a place where a frame is known to end.
    """
    end = max(known, HEADER_BYTES)
    for _, place in frames_from(path, known):
        end = place
    return end


def _check_format(found: int, path: Path) -> None:
    if found == FORMAT:
        return
    if found:
        message = f"{path} has format {found}, known is {FORMAT}"
        raise EnvironmentFailed(message, hint="it was written by a later holdtrue: install that one")
    raise StoreDamaged(f"{path} does not begin as a segment of a prediction log", hint="restore the file")
