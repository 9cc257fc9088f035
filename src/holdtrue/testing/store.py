"""What every store must do."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from holdtrue.foundation import DataNotFound, StoreDamaged, UnknownReference, WrongUse, digest
from holdtrue.store import Blob, Store, open_store
from holdtrue.testing.processes import in_processes

_SIZES = (0, 1, 63, 64, 16_384, 65_536, 300_000, 1_500_000)


def _noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def _content(store: Store, blob: Blob) -> bytes:
    return b"".join(store.read_blob(blob))


class StoreConformance:
    """Inherit it in a test module, name the class `Test...`, and give the fixture `address`.

    Each address must lead to a store of its own, empty at first, that `open_store` opens in any process.

    Example:
        >>> class TestMine(StoreConformance):
        ...     @pytest.fixture
        ...     def address(self, tmp_path):
        ...         return f"mine://{tmp_path}"
    """

    @pytest.fixture
    def address(self) -> str:
        """Return the address of a new store."""
        raise NotImplementedError("give a fixture named address")

    @pytest.fixture
    def store(self, address: str) -> Store:
        """Open the store."""
        return open_store(address)

    def test_an_object_comes_back_under_its_hash(self, store: Store) -> None:
        body = b'{"format":1}'
        assert store.put_object("model", body) == digest(body)
        assert store.get_object(digest(body)) == body
        store.commit()
        assert store.get_object(digest(body)) == body

    def test_objects_are_listed_by_kind_once(self, store: Store, address: str) -> None:
        a, b = store.put_object("run", b"a"), store.put_object("run", b"b")
        store.commit()
        assert store.put_object("run", b"a") == a
        c = store.put_object("model", b"a")
        store.commit()
        assert c == a
        for each in (store, open_store(address)):
            assert sorted(each.objects("run")) == sorted((a, b))
            assert list(each.objects("model")) == [a]
            assert list(each.objects("data")) == []

    def test_what_is_not_held_is_named(self, store: Store, address: str) -> None:
        held = store.put_blob(_noise(300_000, seed=5))
        never = digest(b"never put")
        mixed = Blob(id=held.id, size=held.size, chunks=(*held.chunks, never))
        assert (store.lacks(held), store.lacks(mixed)) == ((), (never,))
        assert open_store(address).lacks(held) == held.chunks
        other = open_store(address)
        assert other.lacks(mixed) == mixed.chunks
        store.commit()
        assert (other.lacks(held), other.lacks(mixed)) == ((), (never,))

    @pytest.mark.parametrize("kind", ["", "Model", "a b", "é", "x" * 41, "1st", "a/b", "a\n"])
    def test_a_kind_that_is_none_is_refused(self, store: Store, kind: str) -> None:
        with pytest.raises(WrongUse):
            store.put_object(kind, b"body")

    @pytest.mark.parametrize("size", _SIZES)
    def test_a_blob_comes_back_whole(self, store: Store, address: str, tmp_path: Path, size: int) -> None:
        content = _noise(size, seed=size)
        path = tmp_path / "content"
        path.write_bytes(content)
        blob = store.put_blob(content)
        assert (blob.id, blob.size) == (digest(content), size)
        assert store.put_blob(path) == blob
        assert _content(store, blob) == content
        store.commit()
        assert _content(open_store(address), blob) == content

    def test_what_compresses_comes_back_too(self, store: Store) -> None:
        content = b"house,price\n" * 100_000
        blob = store.put_blob(content)
        store.commit()
        assert _content(store, blob) == content
        assert store.usage().stored_bytes < len(content) / 10

    def test_what_is_not_committed_is_seen_by_its_writer_only(self, store: Store, address: str) -> None:
        other = open_store(address)
        blob = store.put_blob(_noise(100_000, seed=1))
        identity = store.put_object("model", b"body")
        assert store.get_object(identity) == b"body"
        assert _content(store, blob)
        assert list(other.objects("model")) == []
        with pytest.raises(UnknownReference):
            other.get_object(identity)
        with pytest.raises(StoreDamaged):
            _content(other, blob)
        store.commit()
        assert list(other.objects("model")) == [identity]
        assert other.get_object(identity) == b"body"
        assert _content(other, blob) == _noise(100_000, seed=1)

    def test_the_same_again_takes_no_room(self, store: Store, address: str) -> None:
        content = _noise(700_000, seed=2)
        store.put_blob(content)
        store.put_object("model", b"body")
        store.commit()
        before = store.usage()
        for each in (store, open_store(address)):
            each.put_blob(content)
            each.put_object("model", b"body")
            each.commit()
            assert each.usage() == before
        fresh = open_store(address)
        fresh.put_blob(content + b"and a tail")
        fresh.put_object("model", b"body")
        fresh.put_object("model", b"other")
        fresh.commit()
        assert fresh.usage().objects == before.objects + 1
        assert fresh.usage().chunks <= before.chunks + 1

    def test_an_insertion_shares_all_but_its_neighbourhood(self, store: Store) -> None:
        content = _noise(4_000_000, seed=3)
        store.put_blob(content)
        store.commit()
        before = store.usage().stored_bytes
        store.put_blob(content[:2_000_000] + b"x" * 64 + content[2_000_000:])
        store.commit()
        assert store.usage().stored_bytes - before < 600_000

    def test_what_was_never_put_is_unknown(self, store: Store) -> None:
        for identity in (digest(b"never"), "", "xyz", digest(b"never").upper()):
            with pytest.raises(UnknownReference):
                store.get_object(identity)

    def test_a_chunk_is_no_object(self, store: Store) -> None:
        blob = store.put_blob(b"one small chunk")
        store.commit()
        with pytest.raises(UnknownReference):
            store.get_object(blob.chunks[0])

    def test_a_file_that_is_not_there(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(DataNotFound, match="nowhere"):
            store.put_blob(tmp_path / "nowhere")

    def test_chunks_of_another_content_are_found_out(self, store: Store) -> None:
        one, two = store.put_blob(_noise(400_000, seed=4)), store.put_blob(_noise(400_000, seed=5))
        forged = Blob(id=one.id, size=one.size, chunks=two.chunks)
        with pytest.raises(StoreDamaged):
            _content(store, forged)

    def test_an_empty_store_is_sound(self, store: Store) -> None:
        store.commit()
        assert store.check() == ()
        assert store.usage().stored_bytes == 0

    def test_usage_counts(self, store: Store) -> None:
        store.put_object("model", b"12345")
        store.put_object("run", b"678")
        blob = store.put_blob(_noise(500_000, seed=6))
        store.commit()
        usage = store.usage()
        assert (usage.objects, usage.chunks) == (2, len(blob.chunks))
        assert usage.content_bytes == 500_008
        assert usage.stored_bytes >= 500_000
        assert store.check() == ()

    def test_threads_share_one_store_object(self, store: Store, address: str) -> None:
        def work(number: int) -> tuple[str, Blob]:
            blob = store.put_blob(_noise(200_000, seed=number % 5))
            identity = store.put_object("run", b"%d" % number)
            store.commit()
            assert _content(store, blob) == _noise(200_000, seed=number % 5)
            return identity, blob

        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(work, range(40)))
        other = open_store(address)
        assert sorted(other.objects("run")) == sorted(identity for identity, _ in done)
        assert all(digest(_content(other, blob)) == blob.id for _, blob in done)
        assert other.check() == ()

    def test_processes_write_at_once(self, store: Store, address: str) -> None:
        done = [each for some in in_processes(write_some, [(address, number) for number in range(4)]) for each in some]
        assert sorted(store.objects("run")) == sorted(identity for identity, _ in done)
        assert all(digest(_content(store, blob)) == blob.id for _, blob in done)
        assert store.check() == ()


def write_some(address: str, number: int) -> list[tuple[str, Blob]]:
    """Put and commit things of one's own and things that others put too; return what was acknowledged."""
    store = open_store(address)
    done = []
    for turn in range(10):
        blob = store.put_blob(_noise(150_000, seed=turn if turn % 2 else 100 * number + turn))
        done.append((store.put_object("run", b"%d %d" % (number, turn)), blob))
        store.commit()
    return done
