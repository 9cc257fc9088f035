"""The writer: recovery, rotation, one writer a name, durability, a full disk."""

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from holdtrue.foundation import EnvironmentFailed, ManualClock, StoreDamaged
from holdtrue.predictionlog import LogReader, LogWriter, Prediction, WriterTaken, open_writer


def prediction(number: int) -> Prediction:
    return Prediction(id=f"p{number}", received=number, version="v1", row={"beds": number}, value=float(number))


def ids(root: Path) -> list[str]:
    return [record.id for record in LogReader(root, "house").all() if isinstance(record, Prediction)]


def names(first: int, past: int) -> list[str]:
    return [f"p{number}" for number in range(first, past)]


def test_a_torn_tail_is_cut_off_wherever_it_tore_and_kept_aside(tmp_path: Path) -> None:
    with LogWriter(tmp_path, "house", "w", "none") as writer:
        for number in range(3):
            writer.append(prediction(number))
    path = tmp_path / "house" / "w" / "00000001.log"
    whole = path.read_bytes()
    with LogWriter(tmp_path, "house", "w", "none") as writer:
        writer.append(prediction(3))
    longer = path.read_bytes()
    for cut in range(len(whole) + 1, len(longer)):
        path.write_bytes(longer[:cut])
        assert ids(tmp_path) == names(0, 3)  # a reader waits where the whole records end
        with LogWriter(tmp_path, "house", "w", "none") as writer:
            writer.append(prediction(4))
        assert ids(tmp_path) == [*names(0, 3), "p4"]
        torn = path.with_suffix(f".{len(whole)}.torn")
        assert torn.read_bytes() == longer[len(whole) : cut]


@pytest.mark.parametrize("left", [0, 1, 15])
def test_a_segment_whose_header_was_never_finished_is_begun_again(tmp_path: Path, left: int) -> None:
    folder = tmp_path / "house" / "w"
    with LogWriter(tmp_path, "house", "w", "none") as writer:
        writer.append(prediction(0))
    (folder / "00000002.log").write_bytes((folder / "00000001.log").read_bytes()[:left])
    assert ids(tmp_path) == names(0, 1)
    with LogWriter(tmp_path, "house", "w", "none") as writer:
        writer.append(prediction(1))
    assert ids(tmp_path) == names(0, 2)


def test_segments_follow_one_another_and_damage_in_a_closed_one_is_said(tmp_path: Path) -> None:
    with LogWriter(tmp_path, "house", "w", segment_bytes=200) as writer:
        for number in range(50):
            writer.append(prediction(number))
    segments = sorted((tmp_path / "house" / "w").glob("*.log"))
    assert len(segments) > 5
    assert max(path.stat().st_size for path in segments) <= 200
    assert ids(tmp_path) == names(0, 50)
    body = bytearray(segments[2].read_bytes())
    body[40] ^= 1
    segments[2].write_bytes(body)
    with pytest.raises(StoreDamaged, match=segments[2].name):
        ids(tmp_path)


def test_a_power_cut_may_tear_the_last_closed_segment_too(tmp_path: Path) -> None:
    with LogWriter(tmp_path, "house", "w", "none", segment_bytes=200) as writer:
        for number in range(6):
            writer.append(prediction(number))
    segments = sorted((tmp_path / "house" / "w").glob("*.log"))
    torn = segments[-2]
    torn.write_bytes(torn.read_bytes()[:-3])
    with pytest.raises(StoreDamaged):
        ids(tmp_path)
    LogWriter(tmp_path, "house", "w", "none").open().close()
    assert len(ids(tmp_path)) == 5


def test_one_name_has_one_writer_and_a_free_name_is_found(tmp_path: Path) -> None:
    with LogWriter(tmp_path, "house", "server-1") as first:
        first.append(prediction(0))
        with pytest.raises(WriterTaken, match="another process"):
            LogWriter(tmp_path, "house", "server-1").append(prediction(1))
        with open_writer(tmp_path, "house", "server") as second:
            assert second.writer == "server-2"
            second.append(prediction(1))
    with open_writer(tmp_path, "house", "server") as again:
        assert again.writer == "server-1"
        again.append(prediction(2))
    assert ids(tmp_path) == names(0, 3)


def test_the_clock_dates_the_segment(tmp_path: Path) -> None:
    with LogWriter(tmp_path, "house", "w", clock=ManualClock(77)):
        pass
    assert (tmp_path / "house" / "w" / "00000001.log").read_bytes()[8:16] == (77).to_bytes(8, "little")


class Disk:
    """Syncs when let, and counts."""

    def __init__(self) -> None:
        self.let = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)
        self.syncs = 0
        self.fails = False

    def sync(self, descriptor: int) -> None:
        os.fstat(descriptor)  # must be open
        self.begun.release()
        assert self.let.acquire(timeout=30)
        self.syncs += 1
        if self.fails:
            raise OSError(5, "Input/output error")


def test_batch_never_waits_for_the_disk_and_syncs_many_at_once(tmp_path: Path) -> None:
    disk = Disk()
    writer = LogWriter(tmp_path, "house", "w", "batch", sync=disk.sync, sync_every=0.0).open()
    writer.append(prediction(0))
    assert disk.begun.acquire(timeout=30)
    for number in range(1, 500):
        writer.append(prediction(number))  # returns although the disk hangs
    assert ids(tmp_path) == names(0, 500)  # and a reader sees them all
    told: list[object] = []
    heard = threading.Event()
    writer.tell(writer.write([prediction(500)]), lambda error: (told.append(error), heard.set()))
    assert told == []
    disk.let.release(100)
    assert heard.wait(30)
    assert told == [None]
    assert disk.syncs == 2
    writer.close()


def test_sync_returns_only_when_the_disk_has_it(tmp_path: Path) -> None:
    disk = Disk()
    writer = LogWriter(tmp_path, "house", "w", "sync", sync=disk.sync)
    thread = threading.Thread(target=writer.append, args=(prediction(0),))
    thread.start()
    assert disk.begun.acquire(timeout=30)
    assert thread.is_alive()
    disk.let.release()
    thread.join(30)
    assert not thread.is_alive()
    assert disk.syncs == 1
    disk.let.release(100)
    writer.close()


def test_batch_syncs_at_most_once_in_its_interval(tmp_path: Path) -> None:
    disk = Disk()
    disk.let.release(1000)
    writer = LogWriter(tmp_path, "house", "w", "batch", sync=disk.sync, sync_every=3600.0).open()
    for number in range(100):
        writer.append(prediction(number))
        if number == 0:
            assert disk.begun.acquire(timeout=30)
    writer.tell(writer.write([prediction(100)]), lambda error: None)
    assert disk.syncs == 1  # an hour has not gone by
    writer.flush()  # which need not wait for it
    assert disk.syncs == 2
    writer.close()


def test_a_disk_that_refuses_is_heard_of_by_all(tmp_path: Path) -> None:
    disk = Disk()
    disk.fails = True
    disk.let.release(1000)
    writer = LogWriter(tmp_path, "house", "w", "sync", sync=disk.sync)
    with pytest.raises(EnvironmentFailed, match="cannot be made durable"):
        writer.append(prediction(0))
    with pytest.raises(EnvironmentFailed, match="cannot be made durable"):
        writer.write([prediction(1)])
    told: list[object] = []
    writer.tell(1, told.append)
    assert isinstance(told[0], EnvironmentFailed)
    with pytest.raises(EnvironmentFailed):
        writer.close()


def test_rotation_hands_closed_segments_to_the_thread(tmp_path: Path) -> None:
    disk = Disk()
    writer = LogWriter(tmp_path, "house", "w", "batch", sync=disk.sync, sync_every=0.0, segment_bytes=200).open()
    for number in range(40):
        writer.append(prediction(number))  # rotates ten times over a disk that hangs
    open_files = len(list(Path("/proc/self/fd").iterdir()))
    disk.let.release(1000)
    writer.close()
    assert len(list(Path("/proc/self/fd").iterdir())) < open_files - 5
    assert ids(tmp_path) == names(0, 40)


FULL_DISK = """
    import resource, signal, sys
    from pathlib import Path
    from holdtrue.foundation import NoSpace
    from holdtrue.predictionlog import LogWriter, Prediction

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    kept = []
    with LogWriter(Path(sys.argv[1]), "house", "w") as writer:
        for number in range(100):
            try:
                writer.append(Prediction(id=f"p{number}", received=number, version="v1", row={"beds": 3}, value=1.0))
                kept.append(f"p{number}")
            except NoSpace as full:
                if number == 99:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                    assert "no room" in str(full)
        writer.append(Prediction(id="after", received=100, version="v1", row={}, value=1.0))
    print(*kept)
"""


def test_a_full_disk_loses_nothing_acknowledged_and_leaves_no_half_record(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(tmp_path)]
    kept = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert 5 < len(kept) < 99
    assert ids(tmp_path) == [*kept, "after"]


KILLED = """
    import os, sys
    from pathlib import Path
    from holdtrue.predictionlog import LogWriter, Prediction

    writer = LogWriter(Path(sys.argv[1]), "house", "w", "sync", segment_bytes=4000)
    for number in range(10**9):
        name = f"{sys.argv[2]}-{number}"
        writer.append(Prediction(id=name, received=number, version="v1", row={"beds": 3}, value=1.0))
        os.write(1, f"{name}\\n".encode())
"""


def test_killing_the_process_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    for life in range(4):
        command = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path), str(life)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(40 * (life + 1))]
            process.kill()
            lines += process.stdout.readlines()
        acknowledged += [line.decode().strip() for line in lines if line.endswith(b"\n")]
    LogWriter(tmp_path, "house", "w").open().close()
    found = ids(tmp_path)
    assert len(acknowledged) >= 400
    assert [name for name in found if name in set(acknowledged)] == acknowledged
    assert len(found) <= len(acknowledged) + 4  # at most the one each life was writing


def test_a_folder_that_cannot_be_made_is_an_error_of_ours_and_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "houses").write_text("a file")
    writer = LogWriter(tmp_path, "houses", "server-1")
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(EnvironmentFailed, match="cannot open the log"):
        writer.open()
    (tmp_path / "houses").unlink()
    (tmp_path / "houses" / "server-1" / "00000001.log").mkdir(parents=True)
    with pytest.raises(EnvironmentFailed, match="cannot open the log"):
        writer.open()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
