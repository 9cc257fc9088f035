"""A writer that is killed, and the order of what it does: everything acknowledged is there, nothing is half there."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from holdtrue.store import Blob, LocalStore, open_store

WRITER = """
import json, random, sys
import msgspec
from holdtrue.store import LocalStore
store = LocalStore(__import__("pathlib").Path(sys.argv[1]), pack_size=200_000)
chance = random.Random(int(sys.argv[2]))
while True:
    blobs = [store.put_blob(chance.randbytes(chance.randrange(150_000))) for _ in range(chance.randrange(1, 4))]
    manifest = store.put_object("model", msgspec.json.encode(blobs))
    store.commit()
    print(manifest, flush=True)
"""


def test_killed_at_any_instant_what_was_acknowledged_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    chance = random.Random(7)
    acknowledged: list[str] = []
    for turn in range(10):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(folder), str(2 * turn + n)], stdout=subprocess.PIPE)
            for n in range(2)
        ]
        for writer in writers:
            assert writer.stdout
            acknowledged.append(writer.stdout.readline().decode().strip())
        for writer in writers:
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(timeout=chance.uniform(0, 0.06))
            writer.kill()
            # A last line may have been cut by the kill: then it was not acknowledged.
            rest = writer.communicate()[0].decode()
            acknowledged += [line.strip() for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        store = open_store(folder)
        found = set(store.objects("model"))
        assert found.issuperset(acknowledged)
        assert store.check() == ()
    # Objects that were committed and not acknowledged in time are whole as well.
    store = open_store(folder)
    for manifest in store.objects("model"):
        for blob in msgspec.json.decode(store.get_object(manifest), type=list[Blob]):
            assert sum(len(piece) for piece in store.read_blob(blob)) == blob.size
    assert len(acknowledged) > 40
    store.put_object("model", b"the next writer sweeps up")
    assert len(list((folder / "tmp").iterdir())) == 1
    store.commit()
    assert store.check() == ()


def test_a_living_writers_work_is_not_swept_away(tmp_path: Path) -> None:
    one, two = LocalStore(tmp_path), LocalStore(tmp_path)
    blob = one.put_blob(bytes(range(256)) * 8_000)
    two.put_object("model", b"begins later")
    two.commit()
    one.commit()
    assert b"".join(two.read_blob(blob)) == bytes(range(256)) * 8_000


def test_a_store_that_is_done_leaves_nothing_but_packs(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put_object("model", b"kept")
    store.commit()
    store.put_object("model", b"not kept")
    store.close()
    assert list((tmp_path / "tmp").iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()].count("store.json") == 1
    assert len(list(store.objects("model"))) == 1


def test_bytes_before_names_and_chunks_before_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a power cut may leave is decided by the order of fsync and rename: watch the system calls."""
    store = LocalStore(tmp_path / "store", pack_size=100_000)
    calls: list[tuple[str, int]] = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(descriptor: int) -> None:
        calls.append(("fsync", os.fstat(descriptor).st_ino))
        fsync(descriptor)

    def watched_replace(source: str | Path, target: str | Path) -> None:
        calls.append((f"rename{Path(target).suffix}", Path(source).stat().st_ino))
        replace(source, target)

    store.put_object("model", b"speaks of the chunks")
    store.put_blob(random.Random(3).randbytes(400_000))
    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    store.commit()
    monkeypatch.undo()

    packs = tmp_path / "store" / "packs"
    named = [node for call, node in calls if call == "rename.pack"]
    assert len(named) >= 3
    for node in named:
        assert calls.index(("fsync", node)) < calls.index(("rename.pack", node))
    (of_objects,) = [
        path.stat().st_ino for path in packs.glob("*.pack") if b"speaks of the chunks" in path.read_bytes()
    ]
    assert named[-1] == of_objects
    folder_synced = [place for place, call in enumerate(calls) if call == ("fsync", packs.stat().st_ino)]
    chunks_named = max(calls.index(("rename.pack", node)) for node in named[:-1])
    assert any(chunks_named < place < calls.index(("rename.pack", of_objects)) for place in folder_synced)
    assert folder_synced[-1] > calls.index(("rename.pack", of_objects))
    assert not json.dumps(calls).count("rename.json")


def test_a_forked_child_leaves_its_parents_work_alone(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    mine = store.put_object("model", b"the parent's, not committed yet")
    child = os.fork()
    if child == 0:
        try:
            theirs = store.put_object("model", b"the child's")
            store.commit()
            ok = set(open_store(tmp_path).objects("model")) == {theirs}
            store.close()
        except BaseException:  # noqa: BLE001 - a forked child must not run on into pytest
            ok = False
        os._exit(0 if ok else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    store.commit()
    assert mine in set(open_store(tmp_path).objects("model"))
    assert len(list(store.objects("model"))) == 2
    assert store.check() == ()
