"""The loop of one model: watch, decide, react. One step reads what is new and carries out what is due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from holdtrue.catalog import Catalog, Conflict
from holdtrue.foundation import Clock, Event, HoldtrueError, WrongUse
from holdtrue.loop.delivery import Outcome, Train, Training, deliver, outcome_of
from holdtrue.loop.facts import Present, facts_of, loop_state, promoted_at
from holdtrue.loop.labelled import LabelledRows
from holdtrue.loop.memory import recall, remember
from holdtrue.loop.telling import ACTOR, reaction_event
from holdtrue.loop.trials import PAUSES, after_failure
from holdtrue.monitors import WatchSettings
from holdtrue.pipeline import RunRequest
from holdtrue.policies import (
    TICK,
    Accept,
    Alert,
    Drop,
    Intent,
    Policy,
    Ready,
    Retrain,
    Rollback,
    Wait,
    decide,
    in_words,
    kind_of,
    last_key,
    reaction_text,
    ready,
)
from holdtrue.registry import PRODUCTION, rollback
from holdtrue.store import Store
from holdtrue.watching import BATCH, Watcher, accept_alarm

_logger = logging.getLogger("holdtrue.loop")
# Of what is due at once people are told first, and going back goes before training anew.
_ORDER = ("alert", "rollback", "retrain", "accept")


class LoopStep(Struct, frozen=True):
    """What one step did: records of the log that were read, and whether a training is under way."""

    records: int
    training: bool


def _turn(intent: Intent) -> tuple[int, int, str]:
    return intent.created, _ORDER.index(kind_of(intent.reaction)), intent.id


class ModelLoop:
    """The loop of one model. What is carried out is recorded with the intent it came from in one transaction.

    Args:
        policies: gives the model's policies as they are now.
        train: begins a training. alert: tells people one line.
        clock: the machine's. by_data_time: policies go by the time in the rows, not by the machine's.
        stop: asked while much is read; True ends the step before anything is decided.
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
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.model = model
        self._catalog, self._store, self._clock = catalog, store, clock
        self._policies, self._train, self._alert = policies, train, alert
        self._by_data_time, self._stop = by_data_time, stop
        self.watcher = Watcher(
            model=model, alias=PRODUCTION, store=store, catalog=catalog, log=log, settings=settings, clock=clock
        )
        self._labelled = LabelledRows(log, model)
        self._memory = recall(catalog, model)
        self._training: Training | None = None
        self._told: list[Event] = []
        self._doubtful = False

    def step(self) -> LoopStep:
        """Read up to one batch of the log, decide on new events, carry out what is due.

        Raises:
            Conflict: another process keeps watching the same model.
        """
        found = self.watcher.step(BATCH)
        if self._labelled.read(self._stop):
            self._go_by_policies()
        return LoopStep(found.records, self._training is not None)

    def _go_by_policies(self) -> None:
        if self._doubtful:
            # What is in memory may be of a step that failed midway. Intents tell what is still to be done.
            self._memory, self._doubtful = recall(self._catalog, self.model), False
        before = msgspec.json.encode(self._memory)
        self._told, self._doubtful = [], True
        try:
            self._finish_training()
            self._decide()
            self._react()
            if self._told or msgspec.json.encode(self._memory) != before:
                remember(self._catalog, self.model, self._memory, self._told)
        except Conflict:
            return  # another loop was quicker: the next step goes on from what that one remembers
        self._doubtful = False

    def close(self) -> None:
        """Give up a training under way; its intent stays and is taken up by the next loop."""
        if self._training is not None:
            self._training.job.cancel()
            self._training = None

    @property
    def now(self) -> int:
        """The present by the policies' clock (microseconds UTC)."""
        if self._by_data_time and self.watcher.state.data_time is not None:
            return self.watcher.state.data_time
        return self._clock.now()

    def _present(self) -> Present:
        memory, state = self._memory, self.watcher.state
        known = max(memory.labelled_then, self._labelled.known_at(memory.registered_at))
        if self._by_data_time:
            trained_at = state.first_time if memory.trained_at is None else memory.trained_at
        else:
            trained_at = max(memory.trained_at or 0, memory.registered_at) or None
        return Present(
            now=self.now,
            promoted_at=promoted_at(
                self._catalog,
                self.model,
                epoch=state.epoch,
                first_time=state.first_time,
                by_data_time=self._by_data_time,
            ),
            trained_at=trained_at,
            new_rows=self._labelled.count() - known,
            training=self._training is not None,
        )

    def _pending(self) -> tuple[Intent, ...]:
        intents = [msgspec.json.decode(each.body, type=Intent) for each in self._catalog.intents.list(self.model)]
        return tuple(sorted(intents, key=_turn))

    def _decide(self) -> None:
        events = self._catalog.events.list(self.model, after=self._memory.cursor)
        for event in events:
            if event.kind == "version.registered":
                self._memory.registered_at = event.at
        present = self._present()
        state = loop_state(self._memory, self._pending(), present)
        tick = Event(id=f"tick-{present.now}", kind=TICK, at=present.now, actor="loop", model=self.model)
        policies = self._policies()
        for event in (*events, tick):
            # What happened is judged as of then, however late this loop hears of it.
            asked = msgspec.structs.replace(state, now=min(present.now, self._moment(event)))
            for intent in decide(policies, event, asked):
                self._catalog.intents.put(intent.id, self.model, msgspec.json.encode(intent))
        if events:
            self._memory.cursor = events[-1].id

    def _moment(self, event: Event) -> int:
        return event.time if self._by_data_time and event.time is not None else max(event.at, 0)

    def _react(self) -> None:
        for intent in self._pending():
            if self._training is not None and self._training.intent.id == intent.id:
                continue
            try:
                self._look_at(intent)
            except Conflict:
                raise
            except Exception as broken:  # one reaction that cannot be judged must not end the watching of its model
                _logger.exception("%s of %s cannot be carried out", kind_of(intent.reaction), self.model)
                self._drop(intent, f"it could not be carried out: {broken}", alert=True)

    def _look_at(self, intent: Intent) -> None:
        last = self._memory.last.get(last_key(intent.policy, intent.reaction))
        trial, now = self._memory.trials.get(intent.id), self._clock.now()
        match ready(intent, facts_of(intent, self._catalog, self._store, self._labelled, self._present(), last)):
            case Drop(reason=reason, alert=alert):
                self._drop(intent, reason, alert=alert)
            case Wait(reason=reason):
                self._wait(intent, reason)
            case Ready() if trial is not None and now < trial.again:
                self._wait(intent, f"it failed and is tried again in {in_words(trial.again - now)}")
            case Ready(reason=reason):
                self._carry_out(intent, reason)

    def _wait(self, intent: Intent, reason: str) -> None:
        if intent.id not in self._memory.waiting:
            self._told.append(self._event(f"{kind_of(intent.reaction)}.waiting", intent, reason))
        self._memory.waiting[intent.id] = f"{reaction_text(intent.reaction)}: {reason}"

    def _drop(self, intent: Intent, reason: str, *, alert: bool) -> None:
        kind = kind_of(intent.reaction)
        if alert:
            self._alert(f"{self.model}: {kind} was asked for and is not done: {reason}")
        self._close(intent, "dropped", self._event(f"{kind}.dropped", intent, reason))

    def _carry_out(self, intent: Intent, reason: str) -> None:
        match intent.reaction:
            case Alert():
                self._memory.last[last_key(intent.policy, intent.reaction)] = self.now
                # Told before it is recorded: a crash between the two tells again rather than never.
                told = intent.says or self._cause_and_diagnosis(intent)
                self._alert(f"{self.model}: {told}")
                self._close(intent, "done", self._event("alert.sent", intent, told))
            case Retrain():
                self._begin_training(intent, reason)
            case Rollback():
                self._memory.last[last_key(intent.policy, intent.reaction)] = self.now
                self._roll_back(intent, reason)
            case Accept():
                try:
                    accept_alarm(self._catalog, intent.alarm_id, reason, by=ACTOR, at=self._clock.now(), time=self.now)
                except WrongUse as refused:
                    self._drop(intent, str(refused), alert=True)
                    return
                self._close(intent, "done")

    def _roll_back(self, intent: Intent, reason: str) -> None:
        try:
            # Bound to the epoch of the alarm: done again after a crash, it finds the alias moved and goes no further.
            rollback(
                self._catalog,
                self._store,
                self.model,
                by=ACTOR,
                why=f"{self._cause(intent)}; {reason}",
                clock=self._clock,
                expected_epoch=intent.epoch if intent.epoch >= 0 else None,
                time=self.now,
            )
        except HoldtrueError as refused:
            self._drop(intent, str(refused), alert=True)
            return
        self._close(intent, "done")

    def _begin_training(self, intent: Intent, reason: str) -> None:
        request = RunRequest(
            model=self.model, since=intent.since, why=self._cause(intent), actor=ACTOR, at_time=self.now
        )
        alias = self._catalog.aliases.get(self.model, PRODUCTION)
        self._training = Training(intent, self._train(request), self.now, 0 if alias is None else alias.epoch)
        self._memory.waiting.pop(intent.id, None)
        self._memory.trained_at = self.now
        self._memory.labelled_then = self._labelled.count()
        self._told.append(self._event("retrain.started", intent, f"{self._cause(intent)}; {reason}"))

    def _finish_training(self) -> None:
        training = self._training
        if training is None or not training.job.done():
            return
        intent = training.intent
        outcome = outcome_of(training, self._catalog)
        self._training = None
        if outcome.report is None:
            self._after_failure(intent, outcome)
            return
        # Counted from its beginning, but only now: one that was given up or failed does not make the next one wait.
        self._memory.last[last_key(intent.policy, intent.reaction)] = training.begun
        self._memory.trials.pop(intent.id, None)
        if outcome.alert:
            self._alert(f"{self.model}: {outcome.why}")
        data: dict[str, Any] = {
            "version": outcome.subject,
            "metrics": outcome.report.metrics,
            "rows": outcome.report.parts,
        }
        told = self._event(outcome.kind, intent, outcome.why, subject=outcome.subject, data=data)
        if outcome.promote is None:
            self._close(intent, outcome.kind.removeprefix("retrain."), told)
            return
        # Closed after the promotion: killed in between, the next loop trains again, finds nothing changed and promotes.
        if not self._is_told(outcome.kind, intent):
            self._catalog.events.append(told)
        refused = deliver(
            outcome, self._catalog, self._store, cause=self._cause(intent), clock=self._clock, time=self.now
        )
        if refused:
            self._alert(f"{self.model}: {outcome.subject} could not be promoted: {refused}")
        self._close(intent, "failed" if refused else "done")

    def _after_failure(self, intent: Intent, outcome: Outcome) -> None:
        now = self._clock.now()
        trial = after_failure(self._memory.trials.pop(intent.id, None), now)
        if trial is None:
            what = f"given up after {len(PAUSES) + 1} trials"
        else:
            self._memory.trials[intent.id] = trial
            what = f"tried again in {in_words(trial.again - now)}"
        self._alert(f"{self.model}: retraining failed, and is {what}: {outcome.why}")
        told = self._event(outcome.kind, intent, f"{what}: {outcome.why}")
        if trial is None:
            self._close(intent, "failed", told)
        else:
            self._told.append(told)

    def _is_told(self, kind: str, intent: Intent) -> bool:
        return any(event.data.get("intent") == intent.id for event in self._catalog.events.list(self.model, kind=kind))

    def _cause(self, intent: Intent) -> str:
        if intent.alarm_id:
            return str(self._catalog.alarms.get(intent.alarm_id).data.get("message", intent.policy))
        return intent.policy

    def _cause_and_diagnosis(self, intent: Intent) -> str:
        """Return what is told to people: the alarm, and in a clause what it most likely is."""
        data = self._catalog.alarms.get(intent.alarm_id).data if intent.alarm_id else {}
        said = (data.get("diagnosis") or {}).get("said", "")
        return f"{self._cause(intent)}; {said}" if said else self._cause(intent)

    def _close(self, intent: Intent, status: str, *events: Event) -> None:
        self._memory.waiting.pop(intent.id, None)
        self._memory.trials.pop(intent.id, None)
        self._catalog.intents.close(intent.id, status, events)

    def _event(
        self, kind: str, intent: Intent, why: str, *, subject: str = "", data: Mapping[str, Any] | None = None
    ) -> Event:
        time = self.watcher.state.data_time
        return reaction_event(kind, intent, why, at=self._clock.now(), time=time, subject=subject, data=data)
