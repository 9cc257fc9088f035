"""Cuts content where the content itself says, so that an insertion moves no cut but those beside it.

FastCDC: Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data Deduplication",
USENIX ATC 2016.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyfastcdc import FastCDC

from holdtrue.foundation import DataNotFound, DataUnreadable

AVERAGE = 64 * 1024
SMALLEST = 16 * 1024
LARGEST = 256 * 1024

# The cuts decide what two versions share: another size or another library would end the sharing with what is stored.
_cutter = FastCDC(avg_size=AVERAGE, min_size=SMALLEST, max_size=LARGEST)


def cut_bytes(content: bytes) -> Iterator[memoryview]:
    """Give the chunks of a bytes object in order; none if it is empty.

    Example:
        >>> [len(chunk) for chunk in cut_bytes(bytes(10))]
        [10]
    """
    for chunk in _cutter.cut_buf(content):
        yield memoryview(chunk.data)


def cut_file(path: Path) -> Iterator[memoryview]:
    """Give the chunks of a file in order, holding a few of them in memory at a time.

    The file is read, not mapped: one that is cut short meanwhile ends the content, where a map would end the process.

    Raises:
        DataNotFound: no such file.
        DataUnreadable: it is no file, or may not be read.
    """
    try:
        # Buffering would copy every byte once more.
        stream = path.open("rb", buffering=0)
    except FileNotFoundError:
        raise DataNotFound(f"no such file: {path}", hint="check the path") from None
    except OSError as error:
        raise DataUnreadable(
            f"{path} cannot be read: {error.strerror}", hint="check its kind and permissions"
        ) from error
    with stream:
        for chunk in _cutter.cut_stream(stream):
            yield memoryview(chunk.data)
