"""Reads a folder of packs through, finds what is not as it was written, and writes down which copies are bad."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from pathlib import Path

from blake3 import blake3

from holdtrue.foundation import Progress
from holdtrue.store.contents import Contents
from holdtrue.store.frames import Entry, expand
from holdtrue.store.index import PackIndex, index_from_bytes, index_of, scan
from holdtrue.store.pack import PackReader, hash_pack
from holdtrue.store.protocol import Damage


class _Finding:
    """One damaged pack: what is wrong, and which ids are bad in it."""

    def __init__(self, pack: str, kind: str, bad: set[bytes], detail: str) -> None:
        self.pack, self.kind, self.bad, self.detail = pack, kind, bad, detail


def examine(folder: Path, contents: Contents, missing: AbstractSet[str], progress: Progress) -> tuple[Damage, ...]:
    """Verify every pack by the hash in its name, and in those that fail every piece of content.

    Copies that are bad are distrusted from now on, by every process; those in packs that are whole are trusted.

    Args:
        folder: where the packs are.
        contents: the indexes of all of them.
        missing: names that have an index and no pack.
        progress: hears of bytes.
    """
    packs = contents.packs()
    progress.start("check the store", sum(index.pack_size for _, index in packs))
    findings = [finding for name in sorted(missing) if (finding := _missing(folder, name))]
    for name, index in packs:
        if finding := _examine_pack(folder, name, index, doubtful=contents.is_doubtful(name)):
            findings.append(finding)
        else:
            contents.trust(name)
        progress.advance(index.pack_size)
    progress.finish(f"{len(packs)} packs, {len(findings)} damaged")
    for finding in findings:
        contents.distrust(finding.pack, sorted(finding.bad))
    bad_in = {finding.pack: finding.bad for finding in findings}
    return tuple(_damage(finding, contents, bad_in) for finding in findings)


def _missing(folder: Path, name: str) -> _Finding | None:
    try:
        index = index_from_bytes((folder / f"{name}.index").read_bytes()) or index_of([], 0)
    except OSError:
        return None  # it went between listing and reading
    return _Finding(name, "missing", {entry.id for entry in index.entries()}, "the file is gone")


def _examine_pack(folder: Path, name: str, index: PackIndex, *, doubtful: bool) -> _Finding | None:
    path = folder / f"{name}.pack"
    try:
        if hash_pack(path) == name:
            return None
        size = path.stat().st_size
        bad = _bad_entries(path, index)
    except FileNotFoundError:
        return _Finding(name, "missing", {entry.id for entry in index.entries()}, "the file is gone")
    except OSError as error:
        return _Finding(name, "unreadable", {entry.id for entry in index.entries()}, str(error.strerror))
    if size < index.pack_size:
        return _Finding(name, "truncated", bad, f"{size} bytes of {index.pack_size} are left")
    # Without the index that was written with it: all that is there is good and yet it is not the whole.
    if doubtful and not bad and scan(path)[1] != "altered":
        return _Finding(name, "truncated", bad, f"it ends at {size} bytes, before its end")
    return _Finding(name, "altered", bad, "its bytes are not those that were written")


def _bad_entries(path: Path, index: PackIndex) -> set[bytes]:
    reader = PackReader(path)
    return {entry.id for entry in index.entries() if not is_good(reader, entry)}


def is_good(reader: PackReader, entry: Entry) -> bool:
    """Say whether an entry's content still has the hash that is its id."""
    stored = reader.read(entry)
    if len(stored) != entry.stored:
        return False
    content = expand(entry.codec, stored, entry.size)
    return content is not None and blake3(content).digest() == entry.id


def _damage(finding: _Finding, contents: Contents, bad_in: dict[str, set[bytes]]) -> Damage:
    lost = [
        identity.hex()
        for identity in sorted(finding.bad)
        if all(identity in bad_in.get(pack, ()) for pack, _ in contents.copies(identity))
    ]
    consequence = f"{len(lost)} pieces of content are lost" if lost else "nothing that can be named is lost"
    message = f"pack {finding.pack[:12]} is {finding.kind}: {finding.detail}; {consequence}"
    return Damage(pack=finding.pack, kind=finding.kind, lost=tuple(lost), message=message)
