import math
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from holdtrue.engines import open_engine
from holdtrue.foundation import EnvironmentFailed, UnknownReference, WrongUse


def _refuse(name: str) -> None:
    raise UnknownReference(f"no model {name}", hint="see holdtrue models")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _wait_for_ever() -> None:
    signal.pause()


@pytest.fixture
def engine():
    engine = open_engine("local")
    yield engine
    engine.close()


def test_a_job_gives_the_functions_value(engine):
    assert engine.submit(math.hypot, 3, 4).result(60) == 5.0


def test_our_errors_come_back_whole_with_their_hint(engine):
    with pytest.raises(UnknownReference) as caught:
        engine.submit(_refuse, "x").result(60)
    assert str(caught.value) == "no model x (see holdtrue models)"


def test_other_errors_come_back_in_words(engine):
    with pytest.raises(EnvironmentFailed, match="ValueError"):
        engine.submit(math.sqrt, -1).result(60)


def test_a_killed_job_is_said_and_harms_no_other(engine):
    other = engine.submit(math.sqrt, 16)
    with pytest.raises(EnvironmentFailed, match="without an answer"):
        engine.submit(_die).result(60)
    assert other.result(60) == 4.0


def test_closing_ends_what_runs():
    engine = open_engine("local")
    job = engine.submit(_wait_for_ever)
    assert not job.done()
    engine.close()
    with pytest.raises(EnvironmentFailed):
        job.result(5)


def test_an_unknown_engine_is_wrong_use():
    with pytest.raises(WrongUse, match="no engine"):
        open_engine("mainframe")


def _say_that_it_ended(path: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123
        file.write("running")
    try:
        while True:
            signal.pause()
    finally:
        with open(path, "w") as file:  # noqa: PTH123
            file.write("ended")


def test_a_cancelled_job_gets_to_say_so(engine, tmp_path):
    path = tmp_path / "state"
    job = engine.submit(_say_that_it_ended, str(path))
    while not (path.exists() and path.read_text() == "running"):
        assert not job.done()
    job.cancel()
    assert path.read_text() == "ended"
    assert job.done()


def _square_in_a_pool() -> list[float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.map(math.sqrt, [4, 9])


def test_a_job_may_start_processes_of_its_own(engine):
    assert engine.submit(_square_in_a_pool).result(60) == [2.0, 3.0]


def _exit() -> None:
    sys.exit(0)


def test_a_job_that_exits_by_itself_is_no_success(engine):
    with pytest.raises(EnvironmentFailed, match="without an answer"):
        engine.submit(_exit).result(60)


FORGETFUL = """
import sys
sys.path.insert(0, {folder!r})
from test_local import _say_that_it_ended
from holdtrue.engines import open_engine
if __name__ == "__main__":
    from pathlib import Path
    engine = open_engine("local")
    job = engine.submit(_say_that_it_ended, {state!r})
    while not (Path({state!r}).exists() and Path({state!r}).read_text() == "running"):
        assert not job.done()
    if {killed}:
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("killed", [False, True])
def test_a_job_ends_with_the_process_that_began_it(tmp_path, killed):
    state, script = tmp_path / "state", tmp_path / "forgetful.py"
    script.write_text(FORGETFUL.format(folder=str(Path(__file__).parent), state=str(state), killed=killed))
    done = subprocess.run([sys.executable, str(script)], timeout=60)
    assert done.returncode == (-signal.SIGKILL if killed else 0)
    deadline = time.monotonic() + 30
    while state.read_text() != "ended":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_ctrl_c_is_left_to_the_parent(engine):
    job = engine.submit(_interrupt_itself)
    assert job.result(60) == "went on"


def _interrupt_itself() -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return "went on"


def test_a_job_can_be_asked_after_while_another_thread_waits_for_it(engine):
    job = engine.submit(_wait_for_ever)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(job.result, 60)
        for _ in range(1000):
            assert not job.done()
        job.cancel()
        with pytest.raises(EnvironmentFailed):
            waiting.result(60)
