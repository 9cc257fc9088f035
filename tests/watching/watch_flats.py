"""Watches the flats: as a test does within its process, and as a process of its own that may be killed."""

from __future__ import annotations

import signal
import sys
from multiprocessing.synchronize import Event
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "pipeline"))  # for flat_projects

import msgspec
from flat_projects import Project

from holdtrue.monitors import WatchSettings
from holdtrue.watching import Watcher, WatcherState

SETTINGS = WatchSettings(false_alarm_rows=5_000)


def watcher_of(project: Project, settings: WatchSettings = SETTINGS) -> Watcher:
    """Open a watcher of production, as a new process would."""
    workspace = project.open()
    return Watcher(
        model="flat",
        alias="production",
        store=workspace.store,
        catalog=workspace.catalog,
        log=workspace.log,
        settings=settings,
        clock=project.clock,
    )


def watch_all(project: Project, batch: int = 256) -> Watcher:
    """Read the log to its end."""
    watcher = watcher_of(project)
    while watcher.step(batch).records:
        pass
    return watcher


def told(state: WatcherState) -> dict[str, object]:
    """Return all that a state holds, but for the time of the machine's clock it began at."""
    return msgspec.to_builtins(state) | {"began": 0}


def alarms_of(project: Project) -> list[dict[str, object]]:
    """Return all alarms on record, without the machine's times."""
    workspace = project.open()
    found = [msgspec.to_builtins(alarm) | {"raised_at": 0} for alarm in workspace.catalog.alarms.list("flat")]
    workspace.close()
    return sorted(found, key=lambda alarm: str(alarm["id"]))


def die_while_saving(root: str, saves: int, moment: str) -> None:
    """Watch with small steps, and be killed at a save: `before` its transaction, `within` it, or `after` it."""
    watcher = watcher_of(Project(Path(root)))
    watches = watcher._catalog.watches
    true_save, done = watches.save, 0

    def save(*args: object, **options: object) -> object:
        nonlocal done
        done += 1
        if done == saves:
            if moment == "before":
                signal.raise_signal(signal.SIGKILL)
            if moment == "within":
                import holdtrue.catalog.watches as module

                module.append_events = lambda *_: signal.raise_signal(signal.SIGKILL)
        saved = true_save(*args, **options)
        if done == saves:
            signal.raise_signal(signal.SIGKILL)
        return saved

    watches.save = save
    while watcher.step(64).records:
        pass


def watch_until_killed(root: str, batch: int, ready: Event) -> None:
    """Say that it is ready, and read the log to its end."""
    watcher = watcher_of(Project(Path(root)))
    ready.set()
    while watcher.step(batch).records:
        pass
