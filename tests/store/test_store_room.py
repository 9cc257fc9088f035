"""Disks that fill up: said so, nothing lost, and the same call works once there is room."""

import subprocess
import sys
from pathlib import Path

import pytest

LIMITED = """
import random, resource, sys
from pathlib import Path
from holdtrue.foundation import NoSpace
from holdtrue.store import LocalStore, open_store

folder, first = Path(sys.argv[1]), random.Random(1).randbytes(500_000)
second = random.Random(2).randbytes(3_000_000)
store = LocalStore(folder)
kept = store.put_blob(first)
note = store.put_object("model", b"kept")
store.commit()
small = store.put_object("model", b"put before it was full")
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
for attempt in ("put", "put again"):
    try:
        store.put_blob(second)
        sys.exit("no error")
    except NoSpace as error:
        assert str(folder) in str(error) and error.hint
for attempt in ("commit", "commit again"):
    try:
        store.commit()
        sys.exit("no error")
    except NoSpace:
        pass
other = open_store(folder)
assert other.check() == () and list(other.objects("model")) == [note]
assert b"".join(other.read_blob(kept)) == first
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
late = store.put_blob(second)
store.commit()
other = open_store(folder)
assert b"".join(other.read_blob(late)) == second
assert set(other.objects("model")) == {note, small}
assert other.check() == ()
"""

TINY = """
import random, sys
from pathlib import Path
from holdtrue.foundation import NoSpace
from holdtrue.store import LocalStore, open_store

disk = Path(sys.argv[1])
(disk / "ballast").write_bytes(bytes(1_500_000))
store = LocalStore(disk / "store")
kept = store.put_blob(random.Random(1).randbytes(300_000))
store.commit()
second = random.Random(2).randbytes(2_500_000)
try:
    store.put_blob(second)
    store.put_object("model", b"x")
    store.commit()
    sys.exit("no error")
except NoSpace:
    pass
assert open_store(disk / "store").check() == ()
assert sum(map(len, open_store(disk / "store").read_blob(kept))) == 300_000
(disk / "ballast").unlink()
late = store.put_blob(second)
store.commit()
assert b"".join(open_store(disk / "store").read_blob(late)) == second
assert open_store(disk / "store").check() == ()
"""


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    run([sys.executable, "-c", LIMITED, str(tmp_path / "store")])


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    private = ["unshare", "--user", "--map-root-user", "--mount"]
    mount = f"mount -t tmpfs -o size=4m tmpfs {tmp_path}"
    try:
        able = subprocess.run([*private, "sh", "-c", mount], capture_output=True).returncode == 0
    except FileNotFoundError:
        able = False
    if not able:
        pytest.skip("this system lets no one mount a small disk of one's own")
    run([*private, "sh", "-c", f'{mount} && exec "$@"', "sh", sys.executable, "-c", TINY, str(tmp_path)])
