"""Which copies of content were found bad: written down, so that no later process takes them for good ones."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

_LINE = re.compile(rb"([0-9a-f]{64}|good) ([0-9a-f]{64})")


class Doubts:
    """A file with a line `ID PACK` for each bad copy of a content, and `good PACK` for each pack that was mended since.

    Lines are added and never changed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = 0
        self._packs: dict[bytes, set[str]] = {}

    def refresh(self) -> None:
        """Read what was written down since, by others too."""
        with contextlib.suppress(FileNotFoundError), self._path.open("rb") as file:
            file.seek(self._seen)
            content = file.read()
            end = content.rfind(b"\n") + 1
            self._seen += end
            for line in content[:end].splitlines():
                # A line that was torn or altered says nothing: the copy will be found bad when it is next looked at.
                if found := _LINE.fullmatch(line):
                    self._note(found[1], found[2].decode())

    def _note(self, identity: bytes, pack: str) -> None:
        if identity != b"good":
            self._packs.setdefault(bytes.fromhex(identity.decode()), set()).add(pack)
            return
        for key in [key for key, packs in self._packs.items() if pack in packs]:
            self._packs[key].discard(pack)

    def add(self, pack: str, identities: Iterable[bytes]) -> None:
        """Write down that a pack's copies of these are bad."""
        new = [identity for identity in identities if pack not in self._packs.get(identity, ())]
        for identity in new:
            self._packs.setdefault(identity, set()).add(pack)
        self._write(b"".join(f"{identity.hex()} {pack}\n".encode() for identity in new))

    def remove(self, pack: str) -> None:
        """Write down that a pack is whole, if any copy in it was in doubt."""
        if any(pack in packs for packs in self._packs.values()):
            self._note(b"good", pack)
            self._write(f"good {pack}\n".encode())

    def _write(self, lines: bytes) -> None:
        if not lines:
            return
        # Where nothing can be written, as on a disk mounted for reading, this process alone knows.
        with contextlib.suppress(OSError):
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                os.write(file, lines)
            finally:
                os.close(file)

    def packs_of(self, identity: bytes) -> frozenset[str]:
        """Return the names of the packs whose copy of a content is bad."""
        return frozenset(self._packs.get(identity, ()))
