"""Loops over the flats: in a test's own process, and in one that is killed at a stated moment."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "pipeline"))  # for flat_projects

from flat_projects import MODEL, Project

from holdtrue.catalog import AliasRecord
from holdtrue.engines import Job, open_engine
from holdtrue.foundation import Event
from holdtrue.loop import ModelLoop, Train
from holdtrue.monitors import WatchSettings
from holdtrue.pipeline import RunRequest
from holdtrue.workspace.reacting import train_in

SETTINGS = WatchSettings(false_alarm_rows=5_000)
POLICIES = MODEL + 'flat.on(ht.Drift("inputs")).do(ht.alert(), ht.retrain(labels_since_change=100))\n'
ROLLING = MODEL + "flat.on(ht.ReasonsChanged()).do(ht.alert(), ht.rollback())\n"
# Decides without the area, and its gate cannot be passed.
BLIND = ROLLING.replace("lightgbm.Dataset(train.X", "lightgbm.Dataset(train.X * [0, 1, 1]").replace("< 400", "< 1")


class Looped:
    """One loop of the flats; `alerts` are what people were told, `jobs` the trainings begun."""

    def __init__(self, project: Project, *, by_data_time: bool = True, train: Train | None = None) -> None:
        self.project, self.workspace = project, project.open()
        self.engine = open_engine()
        self.alerts: list[str] = []
        self.jobs: list[Job] = []
        self.loop = ModelLoop(
            "flat",
            catalog=self.workspace.catalog,
            store=self.workspace.store,
            log=self.workspace.log,
            settings=SETTINGS,
            policies=lambda: self.workspace.model("flat").policies,
            train=train or self._train,
            alert=self._tell,
            clock=project.clock,
            by_data_time=by_data_time,
        )

    def _train(self, request: RunRequest) -> Job:
        self.jobs.append(self.engine.submit(train_in, self.project.root, {}, request))
        return self.jobs[-1]

    def _tell(self, text: str) -> None:
        self.alerts.append(text)
        with (self.project.root.parent / "alerts.txt").open("a") as file:
            file.write(text + "\n")

    def settle(self) -> None:
        """Step until the log is read and everything that is due is done, trainings included."""
        while True:
            step = self.loop.step()
            if step.training:
                self.wait()
            elif not step.records and not self.loop.step().training:
                return

    def until_training(self) -> None:
        """Step until a training has begun."""
        while not self.loop.step().training:
            pass

    def wait(self) -> None:
        """Wait for the training under way, however it ends; the loop has not heard of it yet."""
        with suppress(Exception):
            self.jobs[-1].result(120)

    def events(self, *kinds: str) -> list[Event]:
        """Return the events on record, of some kinds only if any are named."""
        found = self.workspace.catalog.events.list("flat")
        return [event for event in found if not kinds or event.kind in kinds]

    @property
    def production(self) -> AliasRecord:
        """Where production points."""
        found = self.workspace.catalog.aliases.get("flat", "production")
        assert found is not None
        return found

    def open_intents(self) -> int:
        """Return how many reactions wait."""
        return len(self.workspace.catalog.intents.list("flat"))

    def close(self) -> None:
        """End it as a shutdown does."""
        self.loop.close()
        self.engine.close()
        self.workspace.close()


def die_when_closing(root: str, kind: str) -> None:
    """Loop, and be killed when the first reaction of a kind has been carried out but is not on record yet."""
    looped = Looped(Project(Path(root)))
    intents = looped.workspace.catalog.intents
    true_close = intents.close

    def close(identity: str, status: str, events: object = ()) -> None:
        bodies = {each.id: each.body for each in intents.list("flat")}
        if f'"kind":"{kind}"'.encode() in bodies[identity]:
            signal.raise_signal(signal.SIGKILL)
        true_close(identity, status, events)

    intents.close = close
    looped.settle()
