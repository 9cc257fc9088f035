"""Harms a local store on purpose, as a failing disk would."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from holdtrue.store.index import index_from_bytes


def spoil(folder: Path, identities: Iterable[str]) -> int:
    """Flip a bit in every copy of some content in the store in a folder; return how many copies there were."""
    wanted = {bytes.fromhex(identity) for identity in identities}
    spoilt = 0
    for path in (folder / "packs").glob("*.index"):
        index = index_from_bytes(path.read_bytes())
        pack = path.with_suffix(".pack")
        for entry in index.entries() if index is not None else ():
            if entry.id in wanted and entry.stored:
                pack.chmod(0o644)
                with pack.open("r+b") as file:
                    file.seek(entry.offset + entry.stored // 2)
                    byte = file.read(1)[0]
                    file.seek(-1, 1)
                    file.write(bytes([byte ^ 1]))
                spoilt += 1
    return spoilt
