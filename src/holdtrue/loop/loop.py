"""The loop: watch, decide, react. One step reads what is new, asks the policies, and carries out what is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from holdtrue.catalog import Catalog
from holdtrue.engines import Job
from holdtrue.foundation import Clock, Event, HoldtrueError, new_id
from holdtrue.loop.facts import facts_of, loop_state
from holdtrue.loop.labelled import LabelledRows
from holdtrue.loop.memory import LoopMemory, recall, remember
from holdtrue.monitors import WatchSettings
from holdtrue.pipeline import RunReport, RunRequest
from holdtrue.policies import (
    TICK,
    Alert,
    Drop,
    Intent,
    Policy,
    Ready,
    Retrain,
    Wait,
    decide,
    kind_of,
    last_key,
    reaction_text,
    ready,
)
from holdtrue.registry import promote, rollback
from holdtrue.store import Store
from holdtrue.watching import BATCH, Watcher

ACTOR = "policy"


class Train(Protocol):
    """Begins a training somewhere else than in the loop's own thread."""

    def __call__(self, request: RunRequest) -> Job:
        """Return the job; its result is the run's report."""
        ...


class LoopStep(Struct, frozen=True):
    """What one step did: records of the log that were read, and whether anything is under way or due."""

    records: int
    training: bool


class ModelLoop:
    """The loop of one model.

    Args:
        policies: gives the model's policies as they are now.
        train: begins a training. alert: tells people one line.
        clock: the machine's. by_data_time: policies go by the time in the rows, not by the machine's.
    """

    def __init__(
        self,
        model: str,
        *,
        catalog: Catalog,
        store: Store,
        log: Path,
        settings: WatchSettings,
        policies: Callable[[], Sequence[Policy]],
        train: Train,
        alert: Callable[[str], None],
        clock: Clock,
        by_data_time: bool = True,
    ) -> None:
        self.model = model
        self._catalog, self._store, self._clock = catalog, store, clock
        self._policies, self._train, self._alert = policies, train, alert
        self._by_data_time = by_data_time
        self.watcher = Watcher(
            model=model, alias="production", store=store, catalog=catalog, log=log, settings=settings, clock=clock
        )
        self._labelled = LabelledRows(log, model)
        self._memory = recall(catalog, model)
        self._job: tuple[Intent, Job] | None = None

    def step(self) -> LoopStep:
        """Read up to one batch of the log, decide on new events, carry out what is due."""
        found = self.watcher.step(BATCH)
        before = msgspec.json.encode(self._memory)
        self._finish_training()
        self._labelled.read()
        self._decide()
        self._react()
        if msgspec.json.encode(self._memory) != before:
            remember(self._catalog, self.model, self._memory)
        return LoopStep(found.records, self._job is not None)

    def close(self) -> None:
        """Give up a training under way; its intent stays and is taken up by the next loop."""
        if self._job is not None:
            self._job[1].cancel()
            self._job = None

    @property
    def now(self) -> int:
        """The present by the policies' clock (microseconds UTC)."""
        if self._by_data_time and self.watcher.state.data_time is not None:
            return self.watcher.state.data_time
        return self._clock.now()

    def _pending(self) -> tuple[Intent, ...]:
        return tuple(msgspec.json.decode(each.body, type=Intent) for each in self._catalog.intents.list(self.model))

    def _decide(self) -> None:
        events = self._catalog.events.list(self.model, after=self._memory.cursor)
        state = loop_state(
            self._memory,
            self._pending(),
            self._labelled,
            now=self.now,
            promoted_at=self.watcher.state.first_time,
            training=self._job is not None,
        )
        tick = Event(id=f"tick-{self.now}", kind=TICK, at=self.now, actor="loop", model=self.model)
        policies = self._policies()
        for event in (*events, tick):
            for intent in decide(policies, event, state):
                self._catalog.intents.put(intent.id, self.model, msgspec.json.encode(intent))
        if events:
            self._memory.cursor = events[-1].id

    def _react(self) -> None:
        for intent in self._pending():
            if self._job is not None and self._job[0].id == intent.id:
                continue
            verdict = ready(
                intent,
                facts_of(
                    intent,
                    self._catalog,
                    self._store,
                    self._labelled,
                    now=self.now,
                    promoted_at=self.watcher.state.first_time,
                    training=self._job is not None,
                ),
            )
            match verdict:
                case Wait():
                    self._wait(intent, verdict)
                case Drop():
                    self._drop(intent, verdict)
                case Ready():
                    self._carry_out(intent, verdict)

    def _wait(self, intent: Intent, verdict: Wait) -> None:
        known = intent.id in self._memory.waiting
        self._memory.waiting[intent.id] = f"{reaction_text(intent.reaction)}: {verdict.reason}"
        if not known:
            self._record(f"{kind_of(intent.reaction)}.waiting", intent, verdict.reason)

    def _drop(self, intent: Intent, verdict: Drop) -> None:
        self._close(intent, "dropped")
        self._record(f"{kind_of(intent.reaction)}.dropped", intent, verdict.reason)
        if verdict.alert:
            self._alert(f"{self.model}: {kind_of(intent.reaction)} was asked for and is not done: {verdict.reason}")

    def _carry_out(self, intent: Intent, verdict: Ready) -> None:
        self._memory.last[last_key(intent.policy, intent.reaction)] = self.now
        if isinstance(intent.reaction, Alert):
            self._alert(f"{self.model}: {self._cause(intent)}")
            self._record("alert.sent", intent, self._cause(intent))
            self._close(intent, "done")
        elif isinstance(intent.reaction, Retrain):
            self._begin_training(intent, verdict)
        else:
            self._roll_back(intent, verdict)

    def _roll_back(self, intent: Intent, verdict: Ready) -> None:
        try:
            rollback(
                self._catalog,
                self.model,
                by=ACTOR,
                why=f"{self._cause(intent)}; {verdict.reason}",
                clock=self._clock,
                expected_epoch=intent.epoch if intent.epoch >= 0 else None,
                time=self.now,
            )
        except HoldtrueError as refused:
            self._drop(intent, Drop(reason=str(refused), alert=True))
            return
        self._close(intent, "done")

    def _begin_training(self, intent: Intent, verdict: Ready) -> None:
        self._memory.waiting.pop(intent.id, None)
        self._memory.trained_at = self.now
        self._memory.labelled_then = self._labelled.count()
        self._record("retrain.started", intent, f"{self._cause(intent)}; {verdict.reason}")
        request = RunRequest(
            model=self.model,
            since=intent.since,
            why=self._cause(intent),
            actor=ACTOR,
            at_time=self.now,
        )
        self._job = (intent, self._train(request))

    def _finish_training(self) -> None:
        if self._job is None or not self._job[1].done():
            return
        intent, job = self._job
        self._job = None
        try:
            report: RunReport = job.result()
        except HoldtrueError as failed:
            self._record("retrain.failed", intent, str(failed))
            self._alert(f"{self.model}: retraining failed: {failed}")
            self._close(intent, "failed")
            return
        self._deliver(intent, report)
        self._close(intent, "done")

    def _deliver(self, intent: Intent, report: RunReport) -> None:
        version = report.version
        if version is None or not version.gate_passed:
            failed = (
                "; ".join(f"{each.condition}: {each.message}" for each in report.gate.failed) if report.gate else ""
            )
            self._record(
                "retrain.refused", intent, f"the new version did not pass its gate: {failed}", version=_name(report)
            )
            self._alert(f"{self.model}: a new version did not pass its gate and is not promoted: {failed}")
            return
        self._record(
            "retrain.finished", intent, f"{_name(report)} passed its gate", version=_name(report), report=report
        )
        promote(
            self._catalog,
            self._store,
            version,
            by=ACTOR,
            why=f"retrained because {self._cause(intent)}",
            clock=self._clock,
            time=self.now,
        )

    def _cause(self, intent: Intent) -> str:
        if intent.alarm_id:
            return str(self._catalog.alarms.get(intent.alarm_id).data.get("message", intent.policy))
        return intent.policy

    def _close(self, intent: Intent, status: str) -> None:
        self._memory.waiting.pop(intent.id, None)
        self._catalog.intents.close(intent.id, status)

    def _record(
        self, kind: str, intent: Intent, why: str, *, version: str = "", report: RunReport | None = None
    ) -> None:
        now = self._clock.now()
        data: dict[str, Any] = {"policy": intent.policy, "alarm": intent.alarm_id, "intent": intent.id}
        if report is not None:
            data |= {"metrics": report.metrics, "rows": report.parts}
        event = Event(
            id=new_id(now),
            kind=kind,
            at=now,
            time=self.watcher.state.data_time,
            actor=ACTOR,
            model=self.model,
            subject=version or (f"alarm:{intent.alarm_id}" if intent.alarm_id else self.model),
            why=why,
            data=data,
        )
        self._catalog.events.append(event)


def _name(report: RunReport) -> str:
    return f"{report.model}:v{report.version.number}" if report.version else report.model


class Loop:
    """The loops of all models of a project; models that are registered later are taken up.

    Args:
        begin: makes the loop of a model by name.
    """

    def __init__(self, catalog: Catalog, begin: Callable[[str], ModelLoop]) -> None:
        self._catalog, self._begin = catalog, begin
        self._loops: dict[str, ModelLoop] = {}

    @property
    def models(self) -> Mapping[str, ModelLoop]:
        """The loops by model."""
        return self._loops

    def step(self) -> LoopStep:
        """Step every model once."""
        for name in self._catalog.versions.models():
            if name not in self._loops:
                self._loops[name] = self._begin(name)
        steps = [loop.step() for loop in self._loops.values()]
        return LoopStep(sum(step.records for step in steps), any(step.training for step in steps))

    def close(self) -> None:
        """Give up what is under way."""
        for loop in self._loops.values():
            loop.close()
