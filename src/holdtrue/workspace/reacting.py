"""The loop of a project: wired to its log, its policies, its training road."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from holdtrue.engines import Engine, Job, open_engine
from holdtrue.foundation import Event, HoldtrueError, WrongUse, counted, new_id
from holdtrue.loop import Loop, ModelLoop
from holdtrue.pipeline import RunReport, RunRequest, travel
from holdtrue.policies import Policy
from holdtrue.workspace.lease import Lease
from holdtrue.workspace.opening import Workspace, open_workspace

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
        stamp = _stamp(self._workspace.root)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                models = self._workspace.captured().models
                self._policies = {name: found.policies for name, found in models.items()}
            except (HoldtrueError, OSError) as broken:
                self._say(f"policies stay as they were: {broken}")
        return self._policies.get(model, ())


def _stamp(root: Path) -> tuple[tuple[str, int, int], ...]:
    """Return name, time and size of the project's files; those of editors (`.#model.py`) are none of it."""
    found = []
    for path in sorted(root.glob("[!.]*.py")):
        with contextlib.suppress(FileNotFoundError):  # it was there a moment ago, or is a link to nowhere
            status = path.stat()
            found.append((path.name, status.st_mtime_ns, status.st_size))
    return tuple(found)


def make_loop(
    workspace: Workspace,
    engine: Engine,
    say: Callable[[str], None],
    *,
    by_data_time: bool,
    stop: Callable[[], bool] = lambda: False,
) -> Loop:
    """Return the loop of a project; nothing is read yet. `stop` is asked while much is read."""
    in_force = PoliciesInForce(workspace, say)

    def train(request: RunRequest) -> Job:
        return engine.submit(train_in, workspace.root, dict(os.environ), request)

    def begin(name: str) -> ModelLoop:
        return ModelLoop(
            name,
            catalog=workspace.catalog,
            store=workspace.store,
            log=workspace.log,
            settings=workspace.watch_settings_of(name),
            policies=lambda: in_force.of(name),
            train=train,
            alert=lambda text: say(f"ALERT {text}"),
            clock=workspace.clock,
            by_data_time=by_data_time,
            stop=stop,
        )

    def failed(model: str, error: Exception, pause: float) -> None:
        why = str(error) if isinstance(error, HoldtrueError) else f"{type(error).__name__}: {error}"
        say(f"ALERT {model}: it is not watched: {why}; tried again in {pause:g} s")
        now = workspace.clock.now()
        workspace.catalog.events.append(
            Event(
                id=new_id(now),
                kind="loop.failed",
                at=now,
                actor="loop",
                model=model,
                subject=model,
                why=f"it is not watched: {why}",
                data={"pause": pause},
            )
        )

    return Loop(workspace.catalog, begin, failed)


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
        LeaseLost: another may have taken over meanwhile.
        HoldtrueError: with `once`, what kept a model from being watched.
    """
    if clock not in ("data", "wall"):
        raise WrongUse(f'"{clock}" is no clock', hint="use data (the time in the rows) or wall (this machine's)")
    lease = Lease(workspace.catalog, workspace.clock, f"{socket.gethostname()}/{os.getpid()}")
    if wait and not _waited_for_lease(lease, say, stop):
        return
    if not lease.acquire():
        hint = "end it (holdtrue up runs one), or wait some seconds if it died"
        raise WrongUse(f"another loop watches {workspace.root}", hint=hint)
    with lease, contextlib.ExitStack() as ending:
        engine = open_engine(workspace.settings.engine)
        ending.callback(engine.close)
        by_data_time = clock == "data"
        loop = make_loop(workspace, engine, say, by_data_time=by_data_time, stop=lambda: stop() or lease.lost)
        ending.callback(loop.close)
        _go_round(loop, lease, say, once=once, stop=stop)


def _go_round(loop: Loop, lease: Lease, say: Callable[[str], None], *, once: bool, stop: Callable[[], bool]) -> None:
    read = 0
    while not stop():
        lease.check()
        step = loop.step()
        read += step.records
        if once and not step.records and not step.training:
            for error in loop.troubles.values():
                raise error
            say(f"read {counted(read, 'new record')} of the log; nothing is left to do")
            return
        if not step.records:
            time.sleep(_PAUSE)


def _waited_for_lease(lease: Lease, say: Callable[[str], None], stop: Callable[[], bool]) -> bool:
    told = False
    while not lease.acquire():
        if not told:
            say("another loop watches this project, or one that died did: waiting for its lease to run out")
            told = True
        if stop():
            return False
        time.sleep(_PAUSE)
    return True
