"""Figures, sizes, times and events as a person would write them."""

from __future__ import annotations

import math

from holdtrue.foundation import DAY, NO_FIGURE, SECOND, counted, datetime_of, figure, share
from holdtrue.monitors.service import step_of
from holdtrue.workspace import Comparison, EventOverview, GroupEvidence, InputComparison

MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
_LONG = 40

_GROUPS = {
    "inputs": "Inputs",
    "pairs": "Pairs of fields",
    "predictions": "Predictions",
    "attributions": "Reasons",
    "errors": "Errors",
    "estimates": "Expected errors",
    "tests": "Data tests",
    "labels": "Labels",
    "service": "Service",
    "load": "Load",
    "windows": "Table tests",
}
_ACTORS = {
    "person": "a person",
    "policy": "a policy",
    "loop": "the loop",
    "monitor": "the monitor",
    "server": "the server",
}
_OF_A_QUANTITY = (
    "alarm.raised",
    "alarm.changed",
    "alarm.resolved",
    "alarm.accepted",
    "table_test.failed",
    "table_test.passed",
)
_HEADLINES = {
    "alarm.accepted": "Alarm accepted",
    "alarm.changed": "Alarm, changed again",
    "alarm.raised": "Alarm",
    "alarm.resolved": "Alarm resolved",
    "log.shrank": "The log lost rows",
    "reference.moved": "Reference moved",
    "retrain.dropped": "Retraining given up",
    "retrain.failed": "Retraining failed",
    "retrain.finished": "Retraining finished",
    "retrain.refused": "New version refused by its gate",
    "retrain.started": "Retraining started",
    "retrain.waiting": "Retraining waits",
    "rollback.dropped": "Rollback given up",
    "rollback.waiting": "Rollback waits",
    "table_test.failed": "Table test failed",
    "table_test.passed": "Table test holds again",
    "version.registered": "Version registered",
    "version.served": "Serving",
    "watch.adopted": "Season and block adopted",
    "watch.begun": "Watching begun",
    "watch.share": "Rows explained",
}


def with_unit(value: float | None, unit: str = "") -> str:
    """Write a number and its unit; a dash where there is none.

    Example:
        >>> with_unit(84370.4, "USD"), with_unit(3.14159), with_unit(None, "USD"), with_unit(math.nan)
        ('84,370 USD', '3.14', '–', '–')
    """
    if value is None or not math.isfinite(value):
        return NO_FIGURE
    return f"{figure(value)} {unit}" if unit else figure(value)


def part_of(part: int, whole: int) -> str:
    """Write a part of a whole as per cent.

    Example:
        >>> part_of(3, 1000), part_of(1, 3), part_of(1, 100_000), part_of(0, 0)
        ('0.3%', '33%', 'under 0.1%', '0%')
    """
    fraction = part / whole if whole else 0.0
    return "under 0.1%" if 0 < fraction < 0.001 else share(fraction)


def rate(per_second: float) -> str:
    """Write how often rows come, in the unit that gives a number one can picture.

    Example:
        >>> rate(312.4), rate(0.05), rate(0.0)
        ('312 rows/s', '3 rows/min', '0 rows/s')
    """
    if 0 < per_second < 1:
        return f"{figure(round(60 * per_second, 1))} rows/min"
    return f"{figure(round(per_second, 1) if per_second < 10 else round(per_second))} rows/s"


def size(count: int) -> str:
    """Write a number of bytes.

    Example:
        >>> size(0), size(999), size(12_400_000), size(1_234_000_000_000)
        ('0 bytes', '999 bytes', '12.4 MB', '1.23 TB')
    """
    if count < 1000:
        return counted(count, "byte")
    value, unit = float(count), "kB"
    for name in ("kB", "MB", "GB", "TB", "PB"):
        value, unit = value / 1000, name
        if value < 999.5:
            break
    return f"{value:.3g} {unit}"


def cost(dollars: float) -> str:
    """Write what a month costs.

    Example:
        >>> cost(0.0), cost(0.00028), cost(11.5), cost(1234.0)
        ('$0 a month', 'less than a cent a month', '$11.50 a month', '$1,234 a month')
    """
    if 0 < dollars < 0.01:
        return "less than a cent a month"
    return f"${dollars:,.2f} a month" if 0 < dollars < 1000 else f"${dollars:,.0f} a month"


def change(comparison: Comparison) -> str:
    """Say how a figure now stands to the same in the baseline; "" where one of them is not known.

    Example:
        >>> change(Comparison(name="error", unit="USD", now=127.0, baseline=100.0, rows=50))
        '27% higher'
        >>> change(Comparison(name="error", unit="USD", now=100.2, baseline=100.0, rows=50))
        'as in the baseline'
    """
    now, baseline = comparison.now, comparison.baseline
    if now is None or baseline is None or not (math.isfinite(now) and math.isfinite(baseline)):
        return ""
    if now == baseline:
        return "as in the baseline"
    if baseline == 0 or now * baseline < 0:
        return "higher" if now > baseline else "lower"
    ratio = now / baseline
    word = "higher" if now > baseline else "lower"
    if ratio >= 2:
        return f"{ratio:.1f} times as high" if baseline > 0 else f"{ratio:.1f} times as low"
    percent = abs(ratio - 1) * 100
    return "as in the baseline" if percent < 0.5 else f"{percent:.0f}% {word}"


def input_figure(each: InputComparison, value: float | None) -> str:
    """Write what stands for an input, now or in the baseline: an average, or a level's share.

    Example:
        >>> wall = InputComparison(name="wall", level="wood", now=0.292, baseline=0.52)
        >>> input_figure(wall, wall.now), input_figure(InputComparison(name="area", now=1412.3, baseline=None), 1412.3)
        ('29%', '1,412')
    """
    return share(value) if each.level is not None and value is not None else with_unit(value)


def input_difference(each: InputComparison) -> str:
    """Write by how much an input differs from the baseline; "" where one of the two is not known.

    Example:
        >>> input_difference(InputComparison(name="wall", level="wood", now=0.292, baseline=0.52))
        '-23 points'
        >>> input_difference(InputComparison(name="area", now=1412.3, baseline=1398.1))
        '+14.2'
    """
    if each.now is None or each.baseline is None:
        return ""
    moved = each.now - each.baseline
    sign = "+" if moved > 0 else "-" if moved < 0 else ""
    return (
        f"{sign}{figure(100 * abs(moved), digits=2)} points"
        if each.level is not None
        else f"{sign}{figure(abs(moved))}"
    )


def input_of(each: InputComparison) -> str:
    """Say what of an input is set beside the baseline.

    Example:
        >>> input_of(InputComparison(name="wall", level="wood", now=0.292, baseline=0.52))
        'share of "wood"'
        >>> input_of(InputComparison(name="area", unit="sq ft", now=None, baseline=1398.1, missing=1.0))
        'average, sq ft; missing 100%, was 0%'
    """
    what = "" if each.now is None and each.baseline is None else f"average, {each.unit}" if each.unit else "average"
    what = f'share of "{each.level}"' if each.level is not None else what
    missing = f"missing {share(each.missing)}, was {share(each.missing_baseline)}"
    return "; ".join(part for part in (what, missing if each.missing or each.missing_baseline else "") if part)


def input_line(each: InputComparison) -> str:
    """Say in a line how an input is, beside the baseline.

    Example:
        >>> input_line(InputComparison(name="area", unit="sq ft", now=1412.3, baseline=1398.1, missing=0.04))
        'area: average 1,412 sq ft, 1,398 in the baseline; missing 4%, 0% in the baseline'
        >>> input_line(InputComparison(name="wall", level="wood", now=0.292, baseline=0.52, standing="open"))
        'wall: share of "wood" 29%, 52% in the baseline; in alarm'
    """
    told = []
    if each.now is not None or each.baseline is not None:
        what = "average" if each.level is None else f'share of "{each.level}"'
        now = f"{input_figure(each, each.now)} {each.unit}".rstrip()
        told.append(f"{what} {now}, {input_figure(each, each.baseline)} in the baseline")
    if each.missing or each.missing_baseline:
        told.append(f"missing {share(each.missing)}, {share(each.missing_baseline)} in the baseline")
    standing = input_standing(each)
    return f"{each.name}: {'; '.join([*told, standing] if standing else told)}"


def input_standing(each: InputComparison) -> str:
    """Say in a word how the watch of an input stands; "" where nothing is to be said."""
    return {"open": "in alarm", "changing": "in alarm", "accepted": "accepted"}.get(each.standing, each.standing)


def evidence(level: float) -> str:
    """Say in a word how near an alarm a group stands.

    Args:
        level: 0 nothing, 1 alarm, on a logarithmic scale between.

    Example:
        >>> [evidence(level) for level in (0, 0.2, 0.5, 0.9, 1.0)]
        ['none', 'little', 'some', 'much', 'alarm']
    """
    if level >= 1:
        return "alarm"
    return "none" if level <= 0 else ("little", "some", "much")[int(level * 3)]


def of_an_alarm(level: float) -> str:
    """Write evidence as a share of what makes an alarm.

    Example:
        >>> [of_an_alarm(level) for level in (0, 0.00005, 0.0042, 0.5, 1.83)]
        ['none', 'under 0.1%', '0.42%', '50%', '183%']
    """
    return "none" if level <= 0 else "under 0.1%" if level < 0.001 else share(level)


def left_watch(each: GroupEvidence) -> str:
    """Say what of a group has alarmed and is not back, and at which row.

    Example:
        >>> told = {"group": "inputs", "level": 0.0, "rows": 2500, "alarm_row": 2263}
        >>> left_watch(GroupEvidence(quantity="area", left=("wall",), **told))
        'wall has alarmed, at row 2,263'
        >>> left_watch(GroupEvidence(quantity="", left=("wall", "area"), **told))
        'all of it has alarmed, the last at row 2,263'
    """
    row = f"{each.alarm_row or 0:,}"
    if not each.quantity:
        return f"all of it has alarmed, the last at {step_of(each.group)} {row}"
    verb, last = ("have", "the last ") if len(each.left) > 1 else ("has", "")
    return f"{', '.join(each.left)} {verb} alarmed, {last}at {step_of(each.group)} {row}"


def group_name(group: str) -> str:
    """Name a group of watches.

    Example:
        >>> group_name("attributions"), group_name("machine")
        ('Reasons', 'Machine')
    """
    return _GROUPS.get(group, group[:1].upper() + group[1:])


def clock(micros: int, now: int) -> str:
    """Write a wall time as short as it is clear on the day of `now`; UTC.

    Example:
        >>> clock(50_000_000, 60_000_000), clock(50_000_000, 2 * DAY), clock(50_000_000, 400 * DAY)
        ('00:00:50', '1 Jan, 00:00', '1 Jan 1970')
    """
    try:
        at, present = datetime_of(micros), datetime_of(now)
    except (OverflowError, ValueError):
        return "outside the calendar"
    if at.date() == present.date():
        return f"{at:%H:%M:%S}"
    if abs(now - micros) < 300 * DAY:
        return f"{at.day} {at:%b, %H:%M}"
    return f"{at.day} {at:%b} {at.year}"


def since(micros: int, now: int) -> str:
    """Say how long something has been so.

    Example:
        >>> since(0, 30 * SECOND), since(0, MINUTE), since(0, 5 * HOUR), since(0, 3 * DAY), since(5 * SECOND, 0)
        ('under a minute', '1 minute', '5 hours', '3 days', 'under a minute')
    """
    for length, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if now - micros >= length:
            return counted((now - micros) // length, name)
    return "under a minute"


def machine(micros: int) -> str:
    """Write a time for `<time datetime>`, ISO 8601 in UTC; "" outside the calendar.

    Example:
        >>> machine(836_179_200_000_000)
        '1996-07-01T00:00:00Z'
    """
    try:
        return datetime_of(micros).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError):
        return ""


def apart(time: int | None, at: int) -> bool:
    """Say whether the data's time is another than the wall's: another day where it is a date, else over a minute off.

    Example:
        >>> apart(None, 5), apart(0, HOUR), apart(0, DAY), apart(MINUTE, 3 * MINUTE)
        (False, False, True, True)
    """
    if time is None:
        return False
    return at // DAY != time // DAY if time % DAY == 0 else abs(at - time) > MINUTE


def actor(name: str) -> str:
    """Name who or what did something.

    Example:
        >>> actor("person:ada"), actor("policy"), actor("robot")
        ('ada', 'a policy', 'robot')
    """
    return _ACTORS.get(name, name.removeprefix("person:"))


def short(reference: str, model: str) -> str:
    """Write a version's reference without the model's name where that is clear.

    Example:
        >>> short("house-price:v2", "house-price"), short("other:v2", "house-price")
        ('v2', 'other:v2')
    """
    return reference.removeprefix(f"{model}:") if model else reference


def headline(event: EventOverview) -> str:
    """Say what happened in a few words; an unknown kind is read as it is written, noun and verb.

    Example:
        >>> headline(EventOverview(id="1", at=0, time=None, kind="alias.moved", model="house", subject="house:v1",
        ...     actor="policy", why="", data={"alias": "production", "from": "v2", "to": "v1", "back": True}))
        'Rolled back from v2 to v1'
        >>> headline(EventOverview(id="1", at=0, time=None, kind="retrain.finished", model="house", subject="house:v2",
        ...     actor="loop", why=""))
        'Retraining finished: v2'
    """
    plain = event.subject == event.model or event.subject.startswith("alarm:")
    subject = "" if plain else short(event.subject, event.model)
    if event.kind == "alias.moved":
        return _moved(event, subject)
    known = _HEADLINES.get(event.kind)
    if known is None:
        text = event.kind.replace(".", " ").replace("_", " ").strip()
        known = text[:1].upper() + text[1:]
    if event.kind in _OF_A_QUANTITY:
        subject, group = str(event.data.get("quantity", "")), str(event.data.get("group", "inputs"))
        # The same name may be an input's and a reason's.
        subject += "" if group == "inputs" else f" ({group_name(group).lower()})"
    if event.kind == "version.registered" and event.data.get("gate") is False:
        subject += ", its gate not passed"
    return f"{known}: {subject}" if subject else known


def reason(event: EventOverview) -> str:
    """Say why something happened: in full where it is told first, elsewhere its first clause; "" where it is plain.

    A version is served because it was promoted, and watched against its own baseline; both stand in the timeline.

    Example:
        >>> told = {"id": "1", "at": 0, "time": None, "model": "house", "subject": "house:v2"}
        >>> why = "wall: share 38% since 1 July 1996 (8% in the baseline); found after 33 rows"
        >>> reason(EventOverview(kind="alarm.raised", actor="monitor", why=why, **told)) == why
        True
        >>> reason(EventOverview(kind="alias.moved", actor="policy", why=why, **told))
        'wall: share 38% since 1 July 1996'
        >>> why = "watched against the baseline of house:v2"
        >>> reason(EventOverview(kind="watch.begun", actor="loop", why=why, **told))
        ''
    """
    own = f"watched against the baseline of {event.subject}"
    if event.kind == "version.served" or (event.kind == "watch.begun" and event.why == own):
        return ""
    return event.why if event.kind in _OF_A_QUANTITY else clause(event.why, event.actor)


def clause(why: str, actor: str) -> str:
    """Return the first clause of a long reason that a program gave; what a person wrote stays as it is.

    Example:
        >>> clause("wall: share 38% since July (8% in the baseline); found after 33 rows", "policy")
        'wall: share 38% since July'
    """
    if actor.startswith("person") or len(why) < _LONG:
        return why
    return why.split("; ")[0].split(" (")[0]


def _moved(event: EventOverview, subject: str) -> str:
    alias, before = str(event.data.get("alias", "production")), event.data.get("from")
    to = str(event.data.get("to") or subject)
    if event.data.get("back"):
        return f"Rolled back from {before} to {to}" if before else f"Rolled back to {to}"
    forced = ", by force" if event.data.get("forced") else ""
    if alias != "production":
        return f"{alias} is now {to}{forced}"
    return f"{to} in production{forced}, instead of {before}" if before else f"{to} in production{forced}"
