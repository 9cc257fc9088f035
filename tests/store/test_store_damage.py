"""Bytes that rot, packs that are cut short or lost, indexes that go: found, named, and healed where it can be."""

import ctypes
import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.foundation import EnvironmentFailed, StoreDamaged, UnknownReference, WrongUse, digest
from holdtrue.store import Blob, LocalStore, open_store

CONTENT = random.Random(1).randbytes(300_000) + b"plain text " * 30_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def blob(folder: Path) -> Blob:
    """A store with one blob and one object, committed."""
    store = LocalStore(folder)
    blob = store.put_blob(CONTENT)
    store.put_object("model", b"manifest " * 20)
    store.commit()
    store.close()
    return blob


def packs(folder: Path, suffix: str = ".pack") -> list[Path]:
    return sorted((folder / "packs").glob(f"*{suffix}"), key=lambda path: path.stat().st_size)


def overwrite(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    overwrite(path, bytes(content))


def read(folder: Path, blob: Blob) -> bytes:
    return b"".join(open_store(folder).read_blob(blob))


def test_any_flipped_bit_is_found(folder: Path, blob: Blob) -> None:
    choose = random.Random(2)
    for pack in packs(folder):
        whole = pack.read_bytes()
        # Every bit of the first header and of the magic, and many of the rest.
        for bit in (*range(0, 8 * 70, 5), *(choose.randrange(8 * len(whole)) for _ in range(60))):
            flip(pack, bit)
            damages = open_store(folder).check()
            assert [damage.pack for damage in damages] == [pack.stem], f"bit {bit} of {len(whole)} bytes"
            assert damages[0].kind == "altered"
            overwrite(pack, whole)
    assert open_store(folder).check() == ()


def test_a_flipped_bit_of_content_names_what_is_lost_and_wrong_bytes_are_never_given(folder: Path, blob: Blob) -> None:
    flip(packs(folder)[-1], 8 * 200_000)
    store = open_store(folder)
    (damage,) = store.check()
    assert len(damage.lost) == 1
    assert damage.lost[0] in blob.chunks
    with pytest.raises(StoreDamaged, match=damage.lost[0]):
        read(folder, blob)
    given_out = b""
    with pytest.raises(StoreDamaged):
        for piece in open_store(folder).read_blob(blob):
            given_out += piece
    assert CONTENT.startswith(given_out)


def test_putting_the_content_again_heals(folder: Path, blob: Blob) -> None:
    flip(packs(folder)[-1], 8 * 200_000)
    store = open_store(folder)
    assert store.check()[0].lost
    store.put_blob(CONTENT)
    store.commit()
    (damage,) = store.check()
    assert damage.lost == ()
    assert read(folder, blob) == CONTENT


def test_a_failed_read_is_enough_to_heal(folder: Path, blob: Blob) -> None:
    flip(packs(folder)[-1], 8 * 200_000)
    store = open_store(folder)
    with pytest.raises(StoreDamaged):
        b"".join(store.read_blob(blob))
    store.put_blob(CONTENT)
    assert b"".join(store.read_blob(blob)) == CONTENT
    store.commit()
    assert read(folder, blob) == CONTENT


@pytest.mark.parametrize("found_by", ["nobody", "a read", "a check"])
def test_damage_is_healed_by_another_process_too(folder: Path, blob: Blob, found_by: str) -> None:
    flip(packs(folder)[-1], 8 * 200_000)
    flip(packs(folder)[0], 8 * 75)
    manifest = digest(b"manifest " * 20)
    if found_by == "a check":
        assert len(open_store(folder).check()) == 2
    elif found_by == "a read":
        for reading in (lambda: read(folder, blob), lambda: open_store(folder).get_object(manifest)):
            with pytest.raises(StoreDamaged):
                reading()
    healer = open_store(folder)
    assert healer.put_blob(CONTENT) == blob
    assert healer.put_object("model", b"manifest " * 20) == manifest
    healer.commit()
    assert read(folder, blob) == CONTENT
    assert open_store(folder).get_object(manifest) == b"manifest " * 20
    assert [damage.lost for damage in open_store(folder).check()] == [()]
    before = {path: path.stat().st_ino for path in packs(folder)}
    again = open_store(folder)
    again.put_blob(CONTENT)
    again.put_object("model", b"manifest " * 20)
    again.commit()
    assert {path: path.stat().st_ino for path in packs(folder)} == before  # healed once, it is known again


def test_a_pack_that_came_back_from_a_backup_is_trusted_again(folder: Path, blob: Blob) -> None:
    pack = packs(folder)[-1]
    whole = pack.read_bytes()
    flip(pack, 8 * 200_000)
    assert open_store(folder).check()
    overwrite(pack, whole)
    assert open_store(folder).check() == ()
    store = open_store(folder)
    store.put_blob(CONTENT)
    store.commit()
    assert len(packs(folder)) == 2


def test_a_reader_that_was_open_sees_what_another_healed(folder: Path, blob: Blob) -> None:
    flip(packs(folder)[-1], 8 * 200_000)
    reader, healer = open_store(folder), open_store(folder)
    with pytest.raises(StoreDamaged):
        b"".join(reader.read_blob(blob))
    healer.put_blob(CONTENT)
    healer.commit()
    assert b"".join(reader.read_blob(blob)) == CONTENT


def test_doubts_that_were_torn_are_no_harm(folder: Path, blob: Blob) -> None:
    (folder / "doubts").write_bytes(b"x" * 200)
    flip(packs(folder)[-1], 8 * 200_000)
    open_store(folder).check()
    store = open_store(folder)
    store.put_blob(CONTENT)
    store.commit()
    assert read(folder, blob) == CONTENT


@pytest.mark.parametrize("indexed", [True, False])
def test_a_truncated_pack_keeps_what_stands_before_the_cut(folder: Path, indexed: bool) -> None:
    store = LocalStore(folder)
    blob = store.put_blob(random.Random(3).randbytes(900_000))  # does not compress: sizes in the pack are its own
    store.commit()
    pack = packs(folder)[-1]
    whole = pack.read_bytes()
    for index in packs(folder, ".index") if not indexed else ():
        index.unlink()
    for size in (0, 7, 16, 40, 70, 100_000, 250_000, 700_000, len(whole) - 1):
        overwrite(pack, whole[:size])
        store = open_store(folder)
        (damage,) = store.check()
        assert (damage.pack, damage.kind) == (pack.stem, "truncated"), size
        readable = 0
        for chunk in blob.chunks:
            try:
                one = Blob(id=chunk, size=0, chunks=(chunk,))
                readable += len(b"".join(open_store(folder).read_blob(one)))
            except StoreDamaged:
                if indexed:
                    assert chunk in damage.lost
        # All but the chunk that was cut, which is at most 256 KiB.
        assert size - 263_000 < readable <= size
        with pytest.raises(StoreDamaged):
            read(folder, blob)
    overwrite(pack, whole)
    assert open_store(folder).check() == ()
    assert digest(read(folder, blob)) == blob.id


def test_a_lost_pack_is_reported_with_all_that_was_in_it(folder: Path, blob: Blob) -> None:
    packs(folder)[-1].unlink()
    for store in (open_store(folder), LocalStore(folder)):
        (damage,) = store.check()
        assert damage.kind == "missing"
        assert set(damage.lost) == set(blob.chunks)


def test_a_pack_lost_while_the_store_is_open(folder: Path, blob: Blob) -> None:
    store = open_store(folder)
    assert store.usage().packs == 2
    packs(folder)[-1].unlink()
    with pytest.raises(StoreDamaged):
        b"".join(store.read_blob(blob))
    assert {damage.kind for damage in store.check()} == {"missing"}


@pytest.mark.parametrize("harm", ["lost", "torn", "empty", "altered"])
def test_an_index_is_made_again_from_its_pack(folder: Path, blob: Blob, harm: str) -> None:
    before = {path: path.read_bytes() for path in packs(folder, ".index")}
    for path, content in before.items():
        if harm == "lost":
            path.unlink()
        elif harm == "altered":
            flip(path, 8 * (len(content) - 3))
        else:
            overwrite(path, content[: len(content) // 2] if harm == "torn" else b"")
    store = open_store(folder)
    assert len(list(store.objects("model"))) == 1
    assert b"".join(store.read_blob(blob)) == CONTENT
    assert store.check() == ()
    assert {path: path.read_bytes() for path in packs(folder, ".index")} == before


READ_ALL = """
import sys
from holdtrue.store import Blob, open_store
import msgspec
store = open_store(sys.argv[1])
blob = msgspec.json.decode(sys.argv[2], type=Blob)
sys.stdout.buffer.write(b"".join(store.read_blob(blob)))
(manifest,) = store.objects("model")
assert store.get_object(manifest) == b"manifest " * 20
"""
DROP_FROM_BOUNDS, MAY_WRITE_ALL, MAY_READ_ALL = 24, 1, 2  # of prctl(2) and capabilities(7)


def as_anyone() -> None:
    # Root may write anywhere; without these powers the folders' own modes hold for it too.
    for power in (MAY_WRITE_ALL, MAY_READ_ALL):
        ctypes.CDLL(None).prctl(DROP_FROM_BOUNDS, power, 0, 0, 0)


def test_a_store_that_may_not_be_written_is_read_though_its_indexes_are_lost(folder: Path, blob: Blob) -> None:
    for index in packs(folder, ".index"):
        index.unlink()
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    try:
        for each in folders:
            each.chmod(0o555)
        told = subprocess.run(
            [sys.executable, "-c", READ_ALL, str(folder), msgspec.json.encode(blob).decode()],
            preexec_fn=as_anyone,
            capture_output=True,
            timeout=60,
        )
    finally:
        for each in folders:
            each.chmod(0o755)
    assert told.returncode == 0, told.stderr.decode()
    assert told.stdout == CONTENT
    assert packs(folder, ".index") == []


def test_two_copies_are_as_good_as_one(folder: Path, tmp_path: Path) -> None:
    """Two writers at once may store the same content twice: then one copy may rot."""
    one, two = LocalStore(folder), LocalStore(folder)
    for number, store in enumerate((one, two)):
        blob = store.put_blob(CONTENT)
        store.put_blob(b"makes the packs differ: %d" % number)
    one.commit()
    two.commit()
    assert len(packs(folder)) == 2
    for pack in packs(folder):
        whole = pack.read_bytes()
        flip(pack, 8 * 150_000)
        assert read(folder, blob) == CONTENT
        (damage,) = open_store(folder).check()
        assert (damage.pack, damage.lost) == (pack.stem, ())
        overwrite(pack, whole)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["", "run", "model"]), st.binary(max_size=400)), max_size=12), st.data())
def test_many_small_packs_hold_what_one_large_one_does(
    tmp_path_factory: pytest.TempPathFactory, contents: list[tuple[str, bytes]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store = LocalStore(folder, pack_size=data.draw(st.sampled_from([16, 300, 1 << 20])))
    blobs, objects = [], []
    for kind, content in contents:
        if kind:
            objects.append((kind, store.put_object(kind, content), content))
        else:
            blobs.append((store.put_blob(content), content))
        if data.draw(st.booleans()):
            store.commit()
    store.commit()
    other = open_store(folder)
    assert all(b"".join(other.read_blob(blob)) == content for blob, content in blobs)
    assert all(other.get_object(identity) == content for _, identity, content in objects)
    for wanted in ("run", "model"):
        assert sorted(other.objects(wanted)) == sorted({identity for kind, identity, _ in objects if kind == wanted})
    assert other.check() == ()


def test_a_later_format_is_refused(folder: Path, blob: Blob) -> None:
    for mark in (b'{"format":2}', b"{}", b"not JSON"):
        (folder / "store.json").write_bytes(mark)
        with pytest.raises(EnvironmentFailed, match="format"):
            open_store(folder)


@pytest.mark.parametrize("address", ["nonesuch://bucket/store", "file://elsewhere/store"])
def test_an_address_that_no_one_knows(address: str) -> None:
    with pytest.raises(WrongUse):
        open_store(address)


def test_reading_makes_no_folder(folder: Path) -> None:
    store = open_store(folder)
    with pytest.raises(UnknownReference):
        store.get_object("0" * 64)
    assert list(store.objects("run")) == []
    assert not folder.exists()
