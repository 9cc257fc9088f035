"""JSON lines in which a member is a number in one row and text in another: such members are read apart."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import msgspec
import polars as pl

from holdtrue.contracts import mixed_column
from holdtrue.sources.faults import lines_of

PLACE = "?place"
"""A member that each row of what is left has, so that a row with nothing else is one too."""

_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


@contextmanager
def without_members(file: Path | bytes, members: Sequence[str]) -> Iterator[Path]:
    """Give the file less some members, for as long as it is read; each row has a `PLACE` besides."""
    with tempfile.NamedTemporaryFile(prefix="holdtrue-", suffix=".jsonl") as left:
        for place, row in enumerate(_rows(file)):
            for member in members:
                row.pop(member, None)
            left.write(msgspec.json.encode({PLACE: place, **row}) + b"\n")
        left.flush()
        yield Path(left.name)


class Members:
    """The members that were read apart, to be put to the rows again as those come."""

    def __init__(self, file: Path | bytes, members: Sequence[str]) -> None:
        self._rows, self._members = _rows(file), members

    def put_to(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the next rows with them."""
        rows = list(islice(self._rows, frame.height))
        cells = {name: [bytes(row[name]).decode() if name in row else None for row in rows] for name in self._members}
        return frame.drop(PLACE).with_columns(mixed_column(name, each) for name, each in cells.items())


def _rows(file: Path | bytes) -> Iterator[dict[str, msgspec.Raw]]:
    for _, line in lines_of(file):
        if line.strip():
            yield _decoder.decode(line)
