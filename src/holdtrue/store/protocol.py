"""What a store of bytes promises, and the structs it speaks in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from holdtrue.foundation import SILENT, Progress


class Blob(Struct, frozen=True, kw_only=True):
    """Content of any size, kept as chunks. It is small and travels inside manifests.

    Attributes:
        id: BLAKE3 of the whole content, 64 hexadecimal letters.
        size: bytes of the content.
        chunks: BLAKE3 of each chunk in order; empty for empty content.
    """

    id: str
    size: int
    chunks: tuple[str, ...]


class Usage(Struct, frozen=True, kw_only=True):
    """What a store holds and what it takes. Counts are of what is committed.

    Attributes:
        objects: objects of all kinds.
        chunks: chunks of blobs.
        packs: pack files.
        content_bytes: bytes of objects and chunks as they were put, each counted once for each pack it is in.
        stored_bytes: bytes that the store takes on its disk or in its bucket: what a month is paid for.
    """

    objects: int
    chunks: int
    packs: int
    content_bytes: int
    stored_bytes: int


class Damage(Struct, frozen=True, kw_only=True):
    """One pack that is not what it was when it was written, or one thing that is spoken of and not there.

    Attributes:
        pack: the pack's name; empty for a gap.
        kind: `altered` (bytes differ), `truncated` (the end is gone), `missing` (the whole file is gone),
            `unreadable` (the disk gives an error); `gap` (a manifest speaks of what no pack holds).
        lost: ids of objects and chunks that can no longer be read from any pack. Empty if good copies are elsewhere.
        message: the same in words.
    """

    pack: str
    kind: str
    lost: tuple[str, ...]
    message: str


class Store(Protocol):
    """Keeps bytes under the hash of their content, for ever and unchanged.

    Obligations of every implementation:

    - **Identity.** An id is the BLAKE3 hash of the content. Putting the same content again gives the same id and takes
      no more room. Nothing that was put is ever changed.
    - **Durability.** When `commit` has returned, everything put through this store object before the call survives the
      death of the process and of the machine. What was put and not committed may be lost, and is never half there.
    - **Visibility.** What is committed is seen by every store opened on the same address, at once. What is put and not
      yet committed is seen by the store object that put it, and by no other. An object is never seen before the
      chunks that were put before it.
    - **Truth.** Bytes are verified against their id before they are given out; `StoreDamaged` is raised instead of
      wrong bytes. A damaged content can be healed by putting it again.
    - **Sharing.** Many processes may put, commit and read at the same time, and so may many threads of one object.
    - **Want of room.** `NoSpace` is raised when the disk or quota is full. Nothing committed is harmed; when room has
      been made the same call may be repeated.
    """

    def put_object(self, kind: str, body: bytes) -> str:
        """Keep a small body (a manifest) under a kind, such as `model`; return its id.

        Kinds are 1 to 40 lower-case letters, digits, `-` and `_`, beginning with a letter (`WrongUse` otherwise).
        The same body may be put under several kinds.
        """
        ...

    def get_object(self, id: str) -> bytes:  # noqa: A002
        """Return an object's body, verified.

        Raises:
            UnknownReference: no such object.
            StoreDamaged: it is kept and no copy of it has the right hash.
        """
        ...

    def objects(self, kind: str) -> Iterator[str]:
        """Give the id of each object of a kind once, in no stated order."""
        ...

    def put_blob(self, source: Path | bytes) -> Blob:
        """Keep content of any size: a file's or a bytes object's.

        Only chunks that the store does not have yet take room. A file that is changed while it is read gives a blob
        of what was read.

        Raises:
            DataNotFound: no such file.
        """
        ...

    def read_blob(self, blob: Blob) -> Iterator[bytes]:
        """Give a blob's content piece by piece, each piece verified before it is given, the whole at the end.

        Raises:
            StoreDamaged: a chunk is gone or altered, or the chunks do not make up the content that `blob.id` names.
        """
        ...

    def lacks(self, blob: Blob) -> tuple[str, ...]:
        """Return the ids of those of a blob's chunks that no pack holds in a copy not known to be bad.

        Nothing is read: a copy that rotted unnoticed counts as held.
        """
        ...

    def commit(self) -> None:
        """Make everything put so far durable, and visible to others; with nothing put it does nothing."""
        ...

    def usage(self) -> Usage:
        """Count what is kept and the room it takes."""
        ...

    def check(self, progress: Progress = SILENT) -> tuple[Damage, ...]:
        """Read every stored byte and return what is damaged; empty if all is well. Repairs nothing."""
        ...
