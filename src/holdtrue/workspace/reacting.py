"""The loop of a project: wired to its log, its policies, its training road."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from holdtrue.engines import Engine, Job, open_engine
from holdtrue.foundation import SECOND, HoldtrueError, WrongUse
from holdtrue.loop import Loop, ModelLoop
from holdtrue.pipeline import RunReport, RunRequest, travel
from holdtrue.policies import Policy
from holdtrue.workspace.opening import Workspace, open_workspace

_LEASE = "loop"
_LEASE_SECONDS = 10
_PAUSE = 0.1


def train_in(root: Path, environ: Mapping[str, str], request: RunRequest) -> RunReport:
    """Go the training road of the project in a folder: what a job runs in its own process."""
    workspace = open_workspace(root, environ=environ)
    try:
        return travel(request, workspace.ground)
    finally:
        workspace.close()


class PoliciesInForce:
    """A model's policies as the working folder declares them; read again when a file of the project changes.

    A folder whose code cannot be read keeps the policies that were in force, and says so once.
    """

    def __init__(self, workspace: Workspace, say: Callable[[str], None]) -> None:
        self._workspace, self._say = workspace, say
        self._stamp: tuple[tuple[str, int, int], ...] = ()
        self._policies: dict[str, Sequence[Policy]] = {}

    def of(self, model: str) -> Sequence[Policy]:
        """Return the policies of a model; none if the folder no longer declares it."""
        stamp = tuple(
            (path.name, status.st_mtime_ns, status.st_size)
            for path in sorted(self._workspace.root.glob("*.py"))
            for status in (path.stat(),)
        )
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                models = self._workspace.captured().models
                self._policies = {name: found.policies for name, found in models.items()}
            except HoldtrueError as broken:
                self._say(f"policies stay as they were: {broken}")
        return self._policies.get(model, ())


def make_loop(workspace: Workspace, engine: Engine, say: Callable[[str], None], *, by_data_time: bool) -> Loop:
    """Return the loop of a project; nothing is read yet."""
    in_force = PoliciesInForce(workspace, say)

    def train(request: RunRequest) -> Job:
        return engine.submit(train_in, workspace.root, dict(os.environ), request)

    def begin(name: str) -> ModelLoop:
        return ModelLoop(
            name,
            catalog=workspace.catalog,
            store=workspace.store,
            log=workspace.log,
            settings=workspace.watch_settings,
            policies=lambda: in_force.of(name),
            train=train,
            alert=lambda text: say(f"ALERT {text}"),
            clock=workspace.clock,
            by_data_time=by_data_time,
        )

    return Loop(workspace.catalog, begin)


def run_loop(
    workspace: Workspace,
    say: Callable[[str], None],
    *,
    once: bool = False,
    clock: str = "data",
    stop: Callable[[], bool] = lambda: False,
    wait: bool = False,
) -> None:
    """Watch and react until told to stop; with `once`, until nothing is left to read and no training runs.

    With `wait` it waits for another loop of this project to end, and for the lease of one that died to run out.

    Raises:
        WrongUse: another loop watches this project, or the clock is neither `data` nor `wall`.
    """
    if clock not in ("data", "wall"):
        raise WrongUse(f'"{clock}" is no clock', hint="use data (the time in the rows) or wall (this machine's)")
    holder = f"{socket.gethostname()}/{os.getpid()}"
    if wait and not _waited_for_lease(workspace, holder, say, stop):
        return
    _take_lease(workspace, holder)
    engine = open_engine(workspace.settings.engine)
    loop = make_loop(workspace, engine, say, by_data_time=clock == "data")
    try:
        renewed, read = time.monotonic(), 0
        while not stop():
            step = loop.step()
            read += step.records
            if once and not step.records and not step.training:
                say(f"read {read:,} new records of the log; nothing is left to do")
                break
            if time.monotonic() - renewed > _LEASE_SECONDS / 3:
                _take_lease(workspace, holder)
                renewed, read = time.monotonic(), 0
            if not step.records:
                time.sleep(_PAUSE)
    finally:
        loop.close()
        engine.close()
        workspace.catalog.leases.release(_LEASE, holder)


def _waited_for_lease(workspace: Workspace, holder: str, say: Callable[[str], None], stop: Callable[[], bool]) -> bool:
    told = False
    while not _leased(workspace, holder):
        if not told:
            say("another loop watches this project, or one that died did: waiting for its lease to run out")
            told = True
        if stop():
            return False
        time.sleep(_PAUSE)
    return True


def _leased(workspace: Workspace, holder: str) -> bool:
    return workspace.catalog.leases.acquire(_LEASE, holder, _LEASE_SECONDS * SECOND, workspace.clock.now())


def _take_lease(workspace: Workspace, holder: str) -> None:
    if not _leased(workspace, holder):
        raise WrongUse(
            f"another loop watches {workspace.root}",
            hint="end it (holdtrue up runs one), or wait some seconds if it died",
        )
