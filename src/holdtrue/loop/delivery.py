"""A training that a policy asked for: begun elsewhere, and its version delivered if it passed its gate."""

from __future__ import annotations

import logging
from typing import Protocol

from msgspec import Struct

from holdtrue.catalog import Catalog, VersionRecord
from holdtrue.engines import Job
from holdtrue.foundation import Clock, HoldtrueError
from holdtrue.loop.telling import ACTOR
from holdtrue.pipeline import RunReport, RunRequest
from holdtrue.policies import Intent
from holdtrue.registry import PRODUCTION, promote
from holdtrue.store import Store

_logger = logging.getLogger("holdtrue.loop")


class Train(Protocol):
    """Begins a training somewhere else than in the loop's own thread."""

    def __call__(self, request: RunRequest) -> Job:
        """Return the job; its result is the run's report."""
        ...


class Training(Struct, frozen=True):
    """A training under way, when it began by the policies' clock, and the epoch production was at then."""

    intent: Intent
    job: Job
    begun: int
    epoch: int


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a training.

    Attributes:
        kind: of the event to record: `retrain.finished`, `retrain.refused` or `retrain.failed`.
        why: in words. version: the one to promote, None if there is none to promote; subject: its REF.
        alert: whether people must be told, because nothing else will be done.
    """

    kind: str
    why: str
    subject: str = ""
    report: RunReport | None = None
    promote: VersionRecord | None = None
    alert: bool = False


def outcome_of(training: Training, catalog: Catalog) -> Outcome:
    """Say what is to become of a training that is done: promote its version, or not and why."""
    model = training.intent.model
    try:
        report: RunReport = training.job.result()
    except Exception as failed:  # a training runs what its user wrote: it may raise anything
        _logger.exception("a training of %s failed", model)
        why = str(failed) if isinstance(failed, HoldtrueError) else f"{type(failed).__name__}: {failed}"
        return Outcome(kind="retrain.failed", why=why, alert=True)
    version = report.version
    if version is None or not version.gate_passed:
        gate = report.gate
        failed_words = "; ".join(f"{each.condition}: {each.message}" for each in gate.failed) if gate else ""
        why = f"the new version did not pass its gate and is not promoted: {failed_words}"
        return Outcome(kind="retrain.refused", why=why, subject=name_of(report), report=report, alert=True)
    name = name_of(report)
    moves = catalog.aliases.history(model, PRODUCTION)
    if report.status == "unchanged" and any(move.version_id == version.id for move in moves):
        # Not again to a version that production has, or has been taken back from.
        why = f"data and code are still those of {name}, which stood in production already: nothing is promoted"
        return Outcome(kind="retrain.finished", why=why, subject=name, report=report, alert=True)
    epoch = max((move.epoch for move in moves), default=0)
    if epoch != training.epoch:
        why = f"{name} passed its gate, but production has moved since its training began: promote it by hand"
        return Outcome(kind="retrain.refused", why=why, subject=name, report=report, alert=True)
    why = f"{name} passed its gate"
    return Outcome(kind="retrain.finished", why=why, subject=name, report=report, promote=version)


def deliver(outcome: Outcome, catalog: Catalog, store: Store, *, cause: str, clock: Clock, time: int) -> str:
    """Promote the version of an outcome that has one; return why it could not be, empty if it was."""
    if outcome.promote is None:
        return ""
    why = f"retrained because {cause}"
    try:
        promote(catalog, store, outcome.promote, by=ACTOR, why=why, clock=clock, time=time)
    except HoldtrueError as refused:
        return str(refused)
    return ""


def name_of(report: RunReport) -> str:
    """Return the REF of a report's version, or of its model where it has none."""
    return f"{report.model}:v{report.version.number}" if report.version else report.model
