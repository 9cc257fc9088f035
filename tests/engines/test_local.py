import math
import os
import signal
from concurrent.futures import ThreadPoolExecutor

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
