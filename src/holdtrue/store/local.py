"""A store in a local folder.

FOLDER/store.json        the format number
FOLDER/packs/HASH.pack   content, many pieces to a file, never changed; HASH is of the file's bytes
FOLDER/packs/HASH.index  what is where in it; made again if lost
FOLDER/doubts            which copies of content were found bad
FOLDER/tmp/WRITER/       what a living writer has not committed; swept away when it is dead
"""

from __future__ import annotations

import os
import re
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from blake3 import blake3

from holdtrue.foundation import (
    SILENT,
    EnvironmentFailed,
    NoSpace,
    Progress,
    StoreDamaged,
    UnknownReference,
    WrongUse,
    digest,
)
from holdtrue.store.chunks import cut_bytes, cut_file
from holdtrue.store.contents import Contents, pack_names
from holdtrue.store.disk import make_folder, sync_folder, write_whole, writing
from holdtrue.store.examination import examine
from holdtrue.store.frames import LARGEST_CONTENT, Entry, expand
from holdtrue.store.pack import PACK_SIZE, PackReader, PackWriter
from holdtrue.store.protocol import Blob, Damage, Store, Usage
from holdtrue.store.scratch import Scratch

FORMAT = 1
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")
_ID = re.compile(r"[0-9a-f]{64}\Z")
_OPEN_PACKS = 32


class LocalStore:
    """Keeps content in packs in a folder; see `Store` for what it promises.

    The folder is made at the first put. After a fork the child starts with nothing put.
    """

    def __init__(self, folder: Path, *, pack_size: int = PACK_SIZE) -> None:
        self.folder = folder
        self._packs = folder / "packs"
        self._pack_size = pack_size
        self._lock = threading.RLock()
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._scratch = Scratch(self.folder / "tmp")
        weakref.finalize(self, _remove, self._scratch, self._process)
        self._contents = Contents(self._packs, self._scratch)
        self._fresh = False
        self._readers: OrderedDict[str, PackReader] = OrderedDict()
        self._chunk_packs: list[PackWriter] = []
        self._object_packs: list[PackWriter] = []
        self._pending: dict[bytes, tuple[PackWriter, Entry]] = {}
        self._pending_kinds: dict[str, dict[bytes, None]] = {}

    # ---- putting ----

    def put_object(self, kind: str, body: bytes) -> str:
        """Keep a body under a kind; see `Store.put_object`."""
        if not _KIND.match(kind):
            raise WrongUse(
                f"{kind!r} is no kind of object", hint="1 to 40 of a-z, 0-9, - and _, beginning with a letter"
            )
        if len(body) > LARGEST_CONTENT:
            raise WrongUse(f"an object of {len(body)} bytes is too large", hint="put it as a blob")
        identity = digest(body)
        with self._lock:
            self._ready_to_put()
            key = bytes.fromhex(identity)
            if key not in self._pending_kinds.get(kind, ()) and not self._is_kept(key, kind):
                self._append(self._object_packs, key, kind, body)
        return identity

    def put_blob(self, source: Path | bytes) -> Blob:
        """Keep a file's or a bytes object's content; see `Store.put_blob`."""
        whole = blake3()
        size = 0
        chunks: list[str] = []
        for chunk in cut_bytes(source) if isinstance(source, bytes) else cut_file(source):
            whole.update(chunk)
            size += len(chunk)
            key = blake3(chunk).digest()
            chunks.append(key.hex())
            with self._lock:
                self._ready_to_put()
                if key not in self._pending and not self._is_kept(key):
                    self._append(self._chunk_packs, key, "", chunk)
        return Blob(id=whole.hexdigest(), size=size, chunks=tuple(chunks))

    def _ready_to_put(self) -> None:
        if self._process != os.getpid():
            self._leave_to_parent()
        if not self._fresh:
            # Once between commits is enough: what another writer adds meanwhile is at worst stored twice.
            self._contents.refresh()
            self._fresh = True

    def _is_kept(self, key: bytes, kind: str = "") -> bool:
        """Say whether a good copy is kept: read and verified, for what is put must be readable afterwards."""
        return self._contents.has(key, kind) and self._good_copy(key, self._contents.copies(key)) is not None

    def _append(self, packs: list[PackWriter], key: bytes, kind: str, content: bytes | memoryview) -> None:
        if not packs or packs[-1].size >= self._pack_size:
            if packs:
                packs[-1].flush()
            self._make_home()
            packs.append(PackWriter(self._scratch.new(".pack")))
        pack = packs[-1]
        entry = pack.append(key, kind, content)
        self._pending[key] = pack, entry
        if kind:
            self._pending_kinds.setdefault(kind, {})[key] = None
        pack.flush_if_large()

    def _make_home(self) -> None:
        with writing(self.folder):
            make_folder(self._packs)
        mark = self.folder / "store.json"
        if mark.exists():
            check_format(self.folder)
        else:
            with writing(mark):
                scratch = self.folder / f"store.json.{os.getpid()}-{threading.get_ident()}"
                write_whole(mark, msgspec.json.encode({"format": FORMAT}), scratch)

    def _leave_to_parent(self) -> None:
        self._scratch.abandon()
        for pack in (*self._chunk_packs, *self._object_packs):
            pack.close()
        self._begin()

    # ---- committing ----

    def commit(self) -> None:
        """Make everything put so far durable and visible; see `Store.commit`.

        The order is what makes it safe: the bytes are made durable, then get their names, then the names are made
        durable; chunks come wholly before the objects that may speak of them.
        """
        with self._lock:
            if self._process != os.getpid():
                self._leave_to_parent()
            if self._fresh and not (self._chunk_packs or self._object_packs):
                # All that was put was there already, perhaps by a writer who has not made its name durable yet.
                with writing(self._packs):
                    sync_folder(self._packs)
            for packs in (self._chunk_packs, self._object_packs):
                self._publish(packs)
            self._pending_kinds.clear()
            self._fresh = False

    def _publish(self, packs: list[PackWriter]) -> None:
        if not packs:
            return
        for pack in packs:
            pack.flush()  # may say NoSpace, and be called again
        try:
            sealed = [(pack, *pack.seal()) for pack in packs]
            with writing(self._packs):
                for pack, name, _ in sealed:
                    pack.path.replace(self._packs / f"{name}.pack")
                sync_folder(self._packs)
        except (NoSpace, EnvironmentFailed) as error:
            # After a failed fsync the system may have dropped the bytes and call them clean: trust none of them.
            self._discard()
            raise type(error)(error.message, hint="what was put since the last commit must be put again") from error
        for pack, name, index in sealed:
            pack.close()
            # A pack that holds just what a damaged one held has its name, and has now taken its place.
            self._readers.pop(name, None)
            self._contents.trust(name)
            self._contents.add(name, index)
            self._contents.save(name, index)
        self._pending = {key: place for key, place in self._pending.items() if place[0] not in packs}
        packs.clear()

    def _discard(self) -> None:
        for pack in (*self._chunk_packs, *self._object_packs):
            pack.close()
            pack.path.unlink(missing_ok=True)
        self._chunk_packs.clear()
        self._object_packs.clear()
        self._pending.clear()
        self._pending_kinds.clear()

    # ---- reading ----

    def get_object(self, id: str) -> bytes:  # noqa: A002
        """Return an object's body, verified; see `Store.get_object`."""
        with self._lock:
            key = _key(id)
            known = any(key in ids for ids in self._pending_kinds.values()) or self._contents.is_object(key)
            if not known and self._contents.refresh():
                known = self._contents.is_object(key)
        if not known:
            raise UnknownReference(f"no object {id} in {self.folder}", hint="is this the right store?")
        return self._content(key)

    def objects(self, kind: str) -> Iterator[str]:
        """Give the id of each object of a kind; see `Store.objects`."""
        with self._lock:
            self._contents.refresh()
            found = dict.fromkeys((*self._contents.objects(kind), *self._pending_kinds.get(kind, ())))
        return (key.hex() for key in found)

    def read_blob(self, blob: Blob) -> Iterator[bytes]:
        """Give a blob's content piece by piece, verified; see `Store.read_blob`."""
        whole = blake3()
        for chunk in blob.chunks:
            content = self._content(_key(chunk))
            whole.update(content)
            yield content
        if whole.hexdigest() != blob.id:
            raise StoreDamaged(
                f"the chunks of blob {blob.id} do not make up its content", hint="`holdtrue store check`"
            )

    def lacks(self, blob: Blob) -> tuple[str, ...]:
        """Return the ids of chunks that are not held; see `Store.lacks`."""

        def lacking() -> tuple[str, ...]:
            keys = {chunk: _key(chunk) for chunk in blob.chunks}
            return tuple(c for c, key in keys.items() if key not in self._pending and not self._contents.has(key))

        with self._lock:
            if lacking():
                self._contents.refresh()
            return lacking()

    def _content(self, key: bytes) -> bytes:
        with self._lock:
            if key in self._pending:
                pack, entry = self._pending[key]
                stored = pack.read(entry)
                content = expand(entry.codec, stored, entry.size)
                if content is not None and blake3(content).digest() == key:
                    return content
            copies = self._contents.copies(key)
        content = self._good_copy(key, copies)
        if content is None:
            with self._lock:
                # Another writer may have kept it, or healed it, since we last looked.
                self._contents.refresh()
                copies = self._contents.copies(key)
            content = self._good_copy(key, copies)
        if content is not None:
            return content
        where = f"no copy of it in {', '.join(name[:12] for name, _ in copies)} is whole" if copies else "it is gone"
        message = f"content {key.hex()} cannot be read from {self.folder}: {where}"
        raise StoreDamaged(
            message, hint="`holdtrue store check` lists the damage; putting the same content again heals it"
        )

    def _good_copy(self, key: bytes, copies: Iterable[tuple[str, Entry]]) -> bytes | None:
        for name, entry in copies:
            content = self._read_copy(name, entry)
            if content is not None:
                return content
            with self._lock:
                self._readers.pop(name, None)
                self._contents.distrust(name, (key,))
        return None

    def _read_copy(self, name: str, entry: Entry) -> bytes | None:
        try:
            stored = self._reader(name).read(entry)
        except OSError:
            return None  # gone, or the disk cannot read it: another copy may do
        if len(stored) != entry.stored:
            return None
        content = expand(entry.codec, stored, entry.size)
        return content if content is not None and blake3(content).digest() == entry.id else None

    def _reader(self, name: str) -> PackReader:
        with self._lock:
            reader = self._readers.pop(name, None) or PackReader(self._packs / f"{name}.pack")
            self._readers[name] = reader
            while len(self._readers) > _OPEN_PACKS:
                self._readers.popitem(last=False)
            return reader

    # ---- the whole ----

    def usage(self) -> Usage:
        """Count what is kept and the room it takes; see `Store.usage`."""
        with self._lock:
            self._contents.refresh()
            packs = self._contents.packs()
        objects = sum(1 for _, index in packs for _, kind in index.identities() if kind)
        return Usage(
            objects=objects,
            chunks=sum(len(index) for _, index in packs) - objects,
            packs=len(packs),
            content_bytes=sum(index.content_bytes for _, index in packs),
            stored_bytes=sum(path.stat().st_size for path in _files(self._packs)),
        )

    def check(self, progress: Progress = SILENT) -> tuple[Damage, ...]:
        """Read every stored byte and return what is damaged; see `Store.check`."""
        with self._lock:
            self._contents.refresh()
        missing = set(pack_names(self._packs, ".index")) - set(pack_names(self._packs))
        return examine(self._packs, self._contents, missing, progress)

    def close(self) -> None:
        """Give up what is not committed and let go of every file; the store may be used again."""
        with self._lock:
            if self._process != os.getpid():
                self._leave_to_parent()
            self._discard()
            self._scratch.close()
            self._begin()


def check_format(folder: Path) -> None:
    """Refuse a store that a later holdtrue wrote; a folder that holds no store yet is fine.

    Raises:
        EnvironmentFailed: its format number is not one that this release reads.
    """
    try:
        mark = msgspec.json.decode((folder / "store.json").read_bytes())
    except FileNotFoundError:
        return
    except msgspec.DecodeError:
        mark = None
    number = mark.get("format") if isinstance(mark, dict) else None
    if number != FORMAT:
        message = f"the store {folder} has format {number}; this release reads {FORMAT}"
        raise EnvironmentFailed(message, hint="use the holdtrue release that wrote it, or a later one")


def _key(identity: str) -> bytes:
    if not _ID.match(identity):
        raise UnknownReference(f"{identity!r} is no id of stored content", hint="an id has 64 hexadecimal letters")
    return bytes.fromhex(identity)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else iter(())


def _remove(scratch: Scratch, process: int) -> None:
    if process == os.getpid():
        scratch.close()


_: type[Store] = LocalStore
