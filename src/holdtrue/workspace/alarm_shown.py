"""One alarm as a person reads it: what it found, and what that most likely is."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from holdtrue.catalog import AlarmRecord
from holdtrue.foundation import HoldtrueError, counted, day, figure
from holdtrue.monitors import estimator_from, estimator_in_words
from holdtrue.monitors.diagnosis import (
    Diagnosis,
    Example,
    beginning_in_words,
    carrier_line,
    cause_line,
    effect_in_words,
    rest_line,
    segment_line,
)
from holdtrue.monitors.service import LOAD, SERVICE
from holdtrue.registry import resolve
from holdtrue.versions import ModelManifest, get_manifest, read_whole
from holdtrue.workspace.archive import Archive

_CARRIERS = 6


class ShownAlarm(Struct, frozen=True, kw_only=True):
    """An alarm and its diagnosis; None where there is none, as of a table test or where it could not be made.

    `estimator` says, of an alarm of what is expected without labels, what that comes from.
    """

    alarm: AlarmRecord
    diagnosis: Diagnosis | None
    estimator: str = ""

    @property
    def of_service(self) -> bool:
        """Whether it is made of samples of the service, not of rows."""
        return self.alarm.group in (SERVICE, LOAD)

    @property
    def message(self) -> str:
        """What the alarm says."""
        return str(self.alarm.data.get("message", self.alarm.quantity))

    @property
    def of_level(self) -> bool:
        """Whether figures are shares: of a level, or of refused rows."""
        return self.alarm.data.get("level") is not None or self.alarm.group == "tests"


def shown_alarm(archive: Archive, ref: str) -> ShownAlarm:
    """Return an alarm by its id or REF.

    Raises:
        UnknownReference: there is none.
    """
    alarm = archive.catalog.alarms.get(ref.removeprefix("alarm:"))
    estimator = _estimator(archive, str(alarm.data.get("version", ""))) if alarm.group == "estimates" else ""
    return ShownAlarm(alarm=alarm, diagnosis=diagnosis_in(alarm), estimator=estimator)


def _estimator(archive: Archive, version: str) -> str:
    """Say what the estimates of a version come from; "" where it is gone."""
    try:
        manifest = get_manifest(archive.store, resolve(archive.catalog, version).id, ModelManifest)
        data = None if manifest.estimator is None else read_whole(archive.store, manifest.estimator)
    except HoldtrueError:
        return ""  # what is damaged is told by `doctor` and `store check`
    return "" if data is None else estimator_in_words(estimator_from(data))


def diagnosis_in(alarm: AlarmRecord) -> Diagnosis | None:
    """Return the diagnosis that an alarm's record holds."""
    data = alarm.data.get("diagnosis")
    return None if data is None else msgspec.convert(data, Diagnosis, strict=False)


def diagnosis_lines(shown: ShownAlarm) -> tuple[tuple[str, str], ...]:
    """Return a diagnosis as lines for a person, (title, text); a line without a title goes on with the one before."""
    found = shown.diagnosis
    estimated = (("estimated", shown.estimator),) if shown.estimator else ()
    if found is None:
        return estimated
    lines = _listed("what it is", [cause_line(cause) for cause in found.causes[:3]])
    if found.begin is not None:
        lines.append(("began", beginning_in_words(found.begin)))
    if found.effect is not None:
        lines.append(("effect", effect_in_words(found.effect, shown.of_level)))
    if found.carriers is not None and found.carriers.parts:
        carriers = found.carriers
        said = [carrier_line(each, carriers.unit) for each in carriers.parts[:_CARRIERS]]
        left = len(carriers.parts) - _CARRIERS
        said += [f"and {left} more"] if left > 0 else []
        rest = rest_line(carriers)
        lines += _listed("carried by", [carriers.of, *said, *([rest] if rest else [])])
    segments = [segment_line(each, shown.of_level) for each in found.segments]
    if segments or found.segments_note:
        lines += _listed("strongest in", [*segments, *([f"({found.segments_note})"] if found.segments_note else [])])
    lines += _listed("rows", [example_line(each) for each in found.examples])
    what, of = ("sample", "before it") if shown.of_service else ("row", "of the baseline")
    rows = f"{counted(found.rows, what)} since the change" if found.rows else "figures of the alarm alone"
    lines.append(("made of", f"{rows}, held against {counted(found.baseline_rows, what)} {of}"))
    return (*lines, *estimated)


def example_line(each: Example) -> str:
    """Say which row it is, and what it held."""
    at = f" of {day(each.time)}" if each.time is not None else ""
    return f"{each.id}{at}: {', '.join(f'{name} {_plain(value)}' for name, value in each.values.items())}"


def _plain(value: Any) -> str:
    if value is None:
        return "missing"
    return figure(value, digits=4) if isinstance(value, int | float) else str(value)


def _listed(title: str, texts: list[str]) -> list[tuple[str, str]]:
    return [(title if place == 0 else "", text) for place, text in enumerate(texts)]
