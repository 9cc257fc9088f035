"""Writers killed, forked, or without room: each call happened whole or not at all."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from holdtrue.catalog import open_catalog

WATCHER = """
import sys
from holdtrue.catalog import AlarmRecord, open_catalog
from holdtrue.foundation import Event
catalog, name = open_catalog(sys.argv[1]), sys.argv[2]
while True:
    record = catalog.watches.load(name)
    turn = record.revision if record else 0
    alarm = AlarmRecord(
        id=f"{name}-{turn}", model="m", watch=name, epoch=1, raised_at=turn, group="inputs", quantity="q")
    event = Event(id=f"{name}-{turn}", kind="alarm.raised", at=turn, actor="loop", model=name)
    catalog.watches.save(name, b"state" * 5_000, b"%d" % turn, [alarm], [event], expected_revision=turn)
    print(turn, flush=True)
"""

FULL = """
import sys
from pathlib import Path
from holdtrue.catalog import open_catalog
from holdtrue.foundation import Event, NoSpace
disk = Path(sys.argv[1])
catalog = open_catalog(disk / "c.db")
ballast = disk / "ballast"
ballast.write_bytes(bytes(1_000_000))
turn = 0
try:
    while turn < 10_000:
        catalog.watches.save(f"w{turn}", bytes(20_000), b"p", events=[Event(id=str(turn), kind="a.b", at=1, actor="x")])
        turn += 1
    sys.exit("no error")
except NoSpace as error:
    assert "c.db" in str(error) and error.hint
verdict = catalog.events.verify()
assert verdict.intact and verdict.events == turn, (verdict, turn)
assert catalog.watches.load(f"w{turn}") is None
ballast.unlink()
catalog.watches.save(f"w{turn}", bytes(20_000), b"p", events=[Event(id=str(turn), kind="a.b", at=1, actor="x")])
assert catalog.events.verify().events == turn + 1
"""


def test_killed_at_any_instant_a_save_is_whole_or_absent(tmp_path: Path) -> None:
    address, chance = str(tmp_path / "c.db"), random.Random(5)
    open_catalog(address).close()
    acknowledged = {"a": -1, "b": -1}
    for _ in range(5):
        watchers = {
            name: subprocess.Popen([sys.executable, "-c", WATCHER, address, name], stdout=subprocess.PIPE)
            for name in acknowledged
        }
        for watcher in watchers.values():
            assert watcher.stdout
            assert watcher.stdout.readline()
        for name, watcher in watchers.items():
            with pytest.raises(subprocess.TimeoutExpired):
                watcher.wait(timeout=chance.uniform(0, 0.04))
            watcher.kill()
            lines = watcher.communicate()[0].decode().splitlines(keepends=True)
            acknowledged[name] = max([acknowledged[name], *(int(line) for line in lines if line.endswith("\n"))])
        catalog = open_catalog(address)
        assert catalog.events.verify().intact
        for name, last in acknowledged.items():
            record = catalog.watches.load(name)
            assert record is not None
            assert record.revision > last
            assert record.position == b"%d" % (record.revision - 1)
            expected = [f"{name}-{turn}" for turn in range(record.revision)]
            assert [event.id for event in catalog.events.list(model=name)] == expected
            assert {alarm.id for alarm in catalog.alarms.list() if alarm.watch == name} == set(expected)
        catalog.close()


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    private = ["unshare", "--user", "--map-root-user", "--mount"]
    mount = f"mount -t tmpfs -o size=4m tmpfs {tmp_path}"
    try:
        able = subprocess.run([*private, "sh", "-c", mount], capture_output=True).returncode == 0
    except FileNotFoundError:
        able = False
    if not able:
        pytest.skip("this system lets no one mount a small disk of one's own")
    command = [*private, "sh", "-c", f'{mount} && exec "$@"', "sh", sys.executable, "-c", FULL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_forked_child_opens_connections_of_its_own(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path / "c.db")
    catalog.versions.add("house", "a", 1, "r", True, {})
    assert catalog.aliases.generation() == 0
    inherited = catalog._database._engine.pool
    child = os.fork()
    if child == 0:
        try:
            moved = catalog.aliases.move("house", "mine", "a", by="child", why="", forced=False, at=1)
            ok = moved.epoch == 1 and catalog.aliases.generation() == 1
            # SQLite's locks belong to a process: a connection that two of them use protects neither.
            ok = ok and catalog._database._engine.pool is not inherited
            catalog.close()
        except BaseException:  # noqa: BLE001 - a forked child must not run on into pytest
            ok = False
        os._exit(0 if ok else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert catalog.aliases.generation() == 1
    assert catalog.aliases.move("house", "mine", "a", by="parent", why="", forced=False, at=2).epoch == 2
    catalog.close()
    assert catalog.aliases.generation() == 2


def test_asking_for_the_generation_is_cheap(tmp_path: Path) -> None:
    """It is asked every 50 ms: it must not go through SQLAlchemy, which would cost more than ten times as much."""
    catalog = open_catalog(tmp_path / "c.db")
    catalog.aliases.generation()
    from_python: list[str] = []
    sys.setprofile(lambda frame, event, _: from_python.append(frame.f_code.co_filename) if event == "call" else None)
    try:
        catalog.aliases.generation()
    finally:
        sys.setprofile(None)
    assert len(from_python) < 15
    assert not any("sqlalchemy" in name for name in from_python)
