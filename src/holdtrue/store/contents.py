"""What is in which pack: the indexes of all packs of a folder, in memory."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from holdtrue.foundation import EnvironmentFailed, WrongUse
from holdtrue.store.disk import write_whole
from holdtrue.store.doubts import Doubts
from holdtrue.store.frames import Entry
from holdtrue.store.index import PackIndex, index_from_bytes, index_to_bytes, scan
from holdtrue.store.pack import hash_pack
from holdtrue.store.scratch import Scratch

_ROW_BITS = 32


class Contents:
    """Finds content by id among the packs of a folder. Additions come from one thread at a time; look-ups from any.

    A million chunks (about 64 GB of different content) take about 200 MB of memory.
    """

    def __init__(self, folder: Path, scratch: Scratch) -> None:
        self._folder = folder
        self._scratch = scratch
        self._names: list[str] = []
        self._indexes: list[PackIndex] = []
        self._known: set[str] = set()
        self._places: dict[bytes, int] = {}
        self._copies: dict[bytes, list[int]] = {}
        self._kinds: dict[str, dict[bytes, None]] = {}
        self._doubts = Doubts(folder.parent / "doubts")
        self._doubtful: set[str] = set()

    def refresh(self) -> bool:
        """Load the indexes of packs that have appeared since; say whether there were any."""
        found = False
        self._doubts.refresh()
        for name in pack_names(self._folder):
            if name not in self._known:
                with contextlib.suppress(FileNotFoundError):
                    self.add(name, self._load(name))
                    found = True
        return found

    def add(self, name: str, index: PackIndex) -> None:
        """Take a pack's index."""
        if name in self._known:
            return
        self._known.add(name)
        base = len(self._names) << _ROW_BITS
        self._names.append(name)
        self._indexes.append(index)
        for row, (identity, kind) in enumerate(index.identities()):
            if self._places.setdefault(identity, base | row) != base | row:
                self._copies.setdefault(identity, []).append(base | row)
            if kind:
                self._kinds.setdefault(kind, {})[identity] = None

    def has(self, identity: bytes, kind: str = "") -> bool:
        """Say whether content is kept (under a kind, if one is given) in a copy that is not known to be bad."""
        known = identity in self._kinds.get(kind, ()) if kind else identity in self._places
        if not known:
            return False
        bad = self._doubts.packs_of(identity)
        return not bad or any(name not in bad for name, _ in self._all_copies(identity))

    def is_object(self, identity: bytes) -> bool:
        """Say whether content is kept under any kind."""
        return any(identity in ids for ids in tuple(self._kinds.values()))

    def copies(self, identity: bytes) -> tuple[tuple[str, Entry], ...]:
        """Return pack and entry of each copy of a content, those that were found bad last."""
        bad = self._doubts.packs_of(identity)
        return tuple(sorted(self._all_copies(identity), key=lambda copy: copy[0] in bad))

    def _all_copies(self, identity: bytes) -> Iterator[tuple[str, Entry]]:
        if identity in self._places:
            for place in (self._places[identity], *self._copies.get(identity, ())):
                pack = place >> _ROW_BITS
                yield self._names[pack], self._indexes[pack].entry(place & (1 << _ROW_BITS) - 1)

    def objects(self, kind: str) -> tuple[bytes, ...]:
        """Return the ids kept under a kind."""
        return tuple(self._kinds.get(kind, ()))

    def packs(self) -> tuple[tuple[str, PackIndex], ...]:
        """Return every pack's name and index."""
        return tuple(zip(self._names, self._indexes, strict=True))

    def is_doubtful(self, name: str) -> bool:
        """Say whether a pack's index was lost and had to be made from a pack that is damaged itself."""
        return name in self._doubtful

    def distrust(self, pack: str, identities: Iterable[bytes]) -> None:
        """Write down that a pack's copies of these are bad: where there is no other, the next one put is stored."""
        self._doubts.add(pack, identities)

    def trust(self, pack: str) -> None:
        """Write down that a pack is whole, where a copy in it was in doubt."""
        self._doubts.remove(pack)

    def _load(self, name: str) -> PackIndex:
        path = self._folder / f"{name}.index"
        try:
            index = index_from_bytes(path.read_bytes())
        except OSError:
            index = None
        if index is None:
            pack = self._folder / f"{name}.pack"
            index, _ = scan(pack)
            # Keep only the index of a pack that is whole: a later check measures the pack by it.
            if hash_pack(pack) == name:
                self.save(name, index)
            else:
                self._doubtful.add(name)
        return index

    def save(self, name: str, index: PackIndex) -> None:
        """Write a pack's index beside it, if that can be done."""
        # It is only a short cut: without it every opening reads the pack's headers, and tries again to write it.
        with contextlib.suppress(OSError, WrongUse, EnvironmentFailed):
            write_whole(
                self._folder / f"{name}.index", index_to_bytes(index), self._scratch.new(".index"), durable=False
            )


def pack_names(folder: Path, suffix: str = ".pack") -> list[str]:
    """Return the names of the packs (or of their indexes) in a folder, without the suffix, sorted."""
    try:
        with os.scandir(folder) as listing:
            return sorted(entry.name.removesuffix(suffix) for entry in listing if entry.name.endswith(suffix))
    except FileNotFoundError:
        return []
