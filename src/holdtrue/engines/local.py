"""Work in child processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.util import Finalize
from types import FrameType
from typing import Any

from holdtrue.engines.engine import Engine, Job
from holdtrue.foundation import EnvironmentFailed, HoldtrueError


def _work(outlet: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    # Ctrl-C reaches all processes of a terminal: the parent decides what becomes of its jobs. A job that is ended gets
    # to say so, and one whose parent was killed ends too, for nobody would take what it makes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        outcome: tuple[bool, Any] = (True, function(*args))
    except _Ended as ended:
        sys.exit(128 + ended.number)
    except HoldtrueError as error:
        outcome = (False, error)
    except Exception as error:  # noqa: BLE001 - the parent raises it again, whatever it is
        outcome = (False, EnvironmentFailed(f"the job failed: {type(error).__name__}: {error}"))
    outlet.send(outcome)
    outlet.close()


class _Ended(BaseException):
    """The job was told to end. Not SystemExit, which is what the user's own code raises by `sys.exit()`."""

    def __init__(self, number: int) -> None:
        super().__init__(f"it was told to end ({signal.Signals(number).name})")
        self.number = number


def _end(number: int, frame: FrameType | None) -> None:
    raise _Ended(number)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


class ProcessJob:
    """One function running in a process of its own."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        # Spawn, not fork: the parent may run threads (a server, a reader) whose locks a fork would copy held.
        context = multiprocessing.get_context("spawn")
        self._inlet, outlet = context.Pipe(duplex=False)
        # Not daemonic, for such a process may start none of its own, as training in parallel does. So that it is not
        # waited for when this process ends, it is ended then.
        self._process = context.Process(target=_work, args=(outlet, function, args), daemon=False)
        self._process.start()
        self._at_exit = Finalize(None, self._process.terminate, exitpriority=10)
        outlet.close()
        self._outcome: tuple[bool, Any] | None = None
        self._lock = threading.Lock()

    def done(self) -> bool:
        """Say whether the work has ended, well or badly."""
        if not self._lock.acquire(blocking=False):
            return self._outcome is not None  # another thread waits for the result
        try:
            return self._collected(0.0)
        finally:
            self._lock.release()

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the work and return its value, or raise what it raised."""
        with self._lock:
            if not self._collected(timeout):
                raise TimeoutError(f"the job was not done within {timeout} seconds")
            assert self._outcome is not None  # _collected has set it
            fine, value = self._outcome
        if not fine:
            raise value
        return value

    def cancel(self) -> None:
        """End the work at once."""
        self._process.terminate()
        self._process.join(5.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._at_exit.cancel()

    def _collected(self, timeout: float | None) -> bool:
        if self._outcome is not None:
            return True
        if not self._inlet.poll(timeout):
            return False
        try:
            self._outcome = self._inlet.recv()
        except EOFError:
            self._process.join()
            failure = EnvironmentFailed(
                f"the job's process ended without an answer (exit code {self._process.exitcode})",
                hint="was it killed, or out of memory?",
            )
            self._outcome = (False, failure)
        self._process.join()
        self._inlet.close()
        self._at_exit.cancel()
        return True


class LocalEngine:
    """Runs each job in a child process; closing ends those still running."""

    def __init__(self) -> None:
        self._jobs: list[ProcessJob] = []

    def submit(self, function: Callable[..., Any], *args: Any) -> Job:
        """Begin one piece of work in a new process."""
        job = ProcessJob(function, args)
        self._jobs = [other for other in self._jobs if not other.done()]
        self._jobs.append(job)
        return job

    def close(self) -> None:
        """End what is still running."""
        for job in self._jobs:
            if not job.done():
                job.cancel()
        self._jobs.clear()


_: type[Engine] = LocalEngine
