"""A file that gzip has packed, unpacked beside the others of this machine's temporary ones for as long as it is read.

Readers unpack into memory, however much comes out; here it goes to the disk, and there is a bound to it.
"""

from __future__ import annotations

import errno
import gzip
import io
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from holdtrue.foundation import DataUnreadable, NoSpace
from holdtrue.sources.faults import LONGEST

ALWAYS = 1 << 30
"""Bytes that may come out of a packed file of any size."""

SWELLING = 100
"""How many times its own size may come out of a larger one: tables shrink to a tenth or so, a bomb to a thousandth."""

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20


def is_packed(name: str) -> bool:
    """Say whether a file's name says that gzip has packed it.

    Example:
        >>> is_packed("sales.csv.gz"), is_packed("sales.csv")
        (True, False)
    """
    return name.lower().endswith(".gz")


@contextmanager
def unpacked(file: Path | bytes, name: str, *, head: bool = False) -> Iterator[Path | bytes]:
    """Give a file as it can be read: itself, or what it holds where its name says that it is packed.

    Args:
        file: where it is, or its bytes.
        name: how messages name it; its ending decides.
        head: whole lines of its beginning are enough, a header in any case.

    Raises:
        DataUnreadable: it is not packed so, cut off, damaged, or holds more than `ALWAYS` bytes and `SWELLING` times
            its size.
    """
    if not is_packed(name):
        yield file
        return
    size = len(file) if isinstance(file, bytes) else file.stat().st_size
    with (
        tempfile.NamedTemporaryFile(prefix="holdtrue-", suffix=".unpacked") as temporary,
        io.BytesIO(file) if isinstance(file, bytes) else file.open("rb") as packed,
    ):
        if packed.read(len(_GZIP)) != _GZIP:
            message = f"{name}: not compressed (gzip), as its name says"
            raise DataUnreadable(message, hint="take .gz from its name, or write it again")
        packed.seek(0)
        try:
            _unpack(packed, temporary, name, max(ALWAYS, SWELLING * size), head=head)
            temporary.flush()
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            message = f"no space left in {tempfile.gettempdir()} to unpack {name}"
            raise NoSpace(message, hint="make room there, or name another folder by the variable TMPDIR") from error
        yield Path(temporary.name)


def _unpack(packed: BinaryIO, to: IO[bytes], name: str, most: int, *, head: bool) -> None:
    written = 0
    try:
        with gzip.GzipFile(fileobj=packed) as content:
            while chunk := content.read(_CHUNK):
                written += len(chunk)
                if written > most:
                    message = f"{name}: more than {most >> 20:,} MB come out of it, more than a table shrinks by"
                    raise DataUnreadable(message, hint="if it is sound, unpack it and name the unpacked file")
                if head and written > LONGEST and b"\n" in chunk:
                    to.write(chunk[: chunk.rindex(b"\n") + 1])
                    return
                to.write(chunk)
    except EOFError as error:
        raise DataUnreadable(f"{name}: cut off: its compressed data ends too soon", hint="fetch it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataUnreadable(f"{name}: its compressed data is damaged: {error}", hint="fetch it again") from error
