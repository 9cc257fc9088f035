"""Two tables' profiles to a verdict on each column, with one stated error for all of them together.

Of each column the distance of `profiles.drift` is judged: the share of the rows that would have to be others. What two
samples of one source stay under is asked for with the level over the number of judgements (Bonferroni), so that the
intervals of all columns hold at once. A change must be beyond chance and beyond the tolerance: with a million rows
every trifle is beyond chance, and with fifty nothing beyond the tolerance need be more than chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from holdtrue.foundation import counted, datetime_of, figure, share
from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.comparison.compared import (
    ColumnComparison,
    ComparisonSettings,
    Figures,
    TableComparison,
    Verdict,
)
from holdtrue.monitors.comparison.kinds import LENGTH, OTHER, ColumnPlan, is_time
from holdtrue.profiles import MISSING, ColumnProfile, Drift, Frequent, drift, superiority

_ORDER: tuple[Verdict, ...] = ("other kind", "gone", "new", "changed", "unclear", "slight", "same", "not judged")
_SHARES = {"5%": 0.05, "25%": 0.25, "50%": 0.5, "75%": 0.75, "95%": 0.95}
_LEVELS = 10
_MOST_NEW = 3
_NEARLY_ALL = 0.8


class TableFacts(Struct, frozen=True, kw_only=True):
    """What is known of one table: its name and rows, each column's plan and profile, and values of no such kind."""

    name: str
    rows: int
    plans: Mapping[str, ColumnPlan]
    profiles: Mapping[str, ColumnProfile]
    strays: Mapping[str, int] = {}


def compare_tables(
    before: TableFacts,
    now: TableFacts,
    settings: ComparisonSettings,
    *,
    time: str = "",
    alarms: Sequence[Alarm] = (),
    false_alarm_rows: float | None = None,
) -> TableComparison:
    """Judge every column of two tables.

    Args:
        time: the column that orders the rows; it is not judged. alarms: what the watch over them said.
    """
    aspects = {name: _aspects(name, before, now, time) for name in before.profiles if not name.startswith(LENGTH)}
    judged = sum(len(each) for each in aspects.values())
    seldom = settings.level / max(1, judged)
    raised = {quantity: alarm for alarm in alarms for quantity in (alarm.quantity, *(name for name, _ in alarm.also))}
    columns = [
        replace(_column(name, aspects[name], before, now, settings, seldom), alarm=raised.get(name)) for name in aspects
    ]
    columns += [
        _alone(name, now, *(("not judged", "it orders the rows") if name == time else ("new", f"not in {before.name}")))
        for name in now.profiles
        if name not in before.profiles and not name.startswith(LENGTH)
    ]
    columns.sort(
        key=lambda each: (not each.changed, _ORDER.index(each.verdict), -(each.at_least or 0), -(each.moved or 0))
    )
    return TableComparison(
        before=before.name,
        now=now.name,
        rows_before=before.rows,
        rows_now=now.rows,
        settings=settings,
        changed=tuple(each.name for each in columns if each.changed),
        columns=tuple(columns),
        judged=judged,
        time=time,
        alarms=tuple(alarms),
        false_alarm_rows=false_alarm_rows,
    )


def _aspects(
    name: str, before: TableFacts, now: TableFacts, time: str
) -> dict[str, tuple[ColumnProfile, ColumnProfile]]:
    """Return what is judged of a column, each as two profiles; nothing where only one table has it."""
    if name not in now.profiles or before.plans[name] != now.plans[name] or not before.rows or not now.rows:
        return {}
    plan, then, later = before.plans[name], before.profiles[name], now.profiles[name]
    absence = {"missing": (_presence(then), _presence(later))} if then.nulls or later.nulls else {}
    if name == time or plan.kind in ("key", OTHER) or (is_time(plan) and _moves_on(then, later)):
        return absence
    if is_time(plan):
        return {"": (replace(then, kind="number"), replace(later, kind="number"))}
    found = {"": (then, later)} if then.top.counts or later.top.counts or then.kind == "number" else absence
    if plan.kind == "text" and LENGTH + name in before.profiles and LENGTH + name in now.profiles:
        found["length"] = (before.profiles[LENGTH + name], now.profiles[LENGTH + name])
    return found


def _presence(profile: ColumnProfile) -> ColumnProfile:
    """Return whether each value is there, as a column of names."""
    there = {"there": profile.count - profile.nulls} if profile.nulls < profile.count else {}
    return ColumnProfile(kind="name", count=profile.count, nulls=profile.nulls, top=Frequent(counts=there))


def _moves_on(before: ColumnProfile, now: ColumnProfile) -> bool:
    """Whether times begin about where those before end: later rows have later days, and that is no change."""
    if not before.moments.n or not now.moments.n:
        return True
    last, first = before.quantiles.quantiles([0.95])[0], now.quantiles.quantiles([0.05])[0]
    return bool(first >= last or now.quantiles.quantiles([0.95])[0] <= before.quantiles.quantiles([0.05])[0])


def _column(
    name: str,
    aspects: Mapping[str, tuple[ColumnProfile, ColumnProfile]],
    before: TableFacts,
    now: TableFacts,
    settings: ComparisonSettings,
    seldom: float,
) -> ColumnComparison:
    if name not in now.profiles:
        return _alone(name, before, "gone", f"not in {now.name}")
    plan, plan_now = before.plans[name], now.plans[name]
    if plan != plan_now:
        words = f"{_article(plan.kind)} in {before.name}, {_article(plan_now.kind)} in {now.name}"
        found = _alone(name, before, "other kind", words)
        return replace(found, kind=f"{plan.kind}, now {plan_now.kind}", now=_figures(now, name))
    then, later = before.profiles[name], now.profiles[name]
    drifts = {
        of: moved
        for of, pair in aspects.items()
        if (moved := drift(*pair, seldom=seldom, written=_writer(plan, of))) is not None
    }
    both = (_figures(before, name), _figures(now, name))
    remarks = tuple(_remarks(name, before, now))
    if not drifts:
        why = _unjudged(plan, before, now)
        return ColumnComparison(
            name=name, kind=plan.kind, verdict="not judged", words=why, remarks=remarks, before=both[0], now=both[1]
        )
    of = max(drifts, key=lambda each: (_at_least(drifts[each]), drifts[each].effect))
    moved = _told_as_missing(drifts[of], then, later)
    higher = superiority(then, later)
    difference = (
        None if plan.kind == OTHER or not (then.moments.n and later.moments.n) else _difference(plan, then, later)
    )
    in_sd = (
        difference / then.moments.sd if difference is not None and then.moments.sd > 0 and not is_time(plan) else None
    )
    found = ColumnComparison(
        name=name,
        kind=plan.kind,
        verdict=_verdict(moved, settings),
        words="",
        moved=moved.effect,
        at_least=_at_least(moved),
        at_most=max(min(1.0, each.effect + each.chance) for each in drifts.values()),
        of=of,
        event=moved.event,
        event_before=moved.before,
        event_now=moved.now,
        difference=difference,
        in_sd=in_sd,
        superiority=higher if higher is None else round(higher, 6),
        remarks=remarks,
        before=both[0],
        now=both[1],
    )
    return replace(found, words=_words(found, plan, then, later))


def _told_as_missing(moved: Drift, then: ColumnProfile, later: ColumnProfile) -> Drift:
    """Name missing values as what differs most where they make up nearly all of it: then they say it in plain words."""
    if abs(later.null_share - then.null_share) < _NEARLY_ALL * moved.effect:
        return moved
    return replace(moved, event=MISSING, before=then.null_share, now=later.null_share)


def _alone(name: str, table: TableFacts, verdict: Verdict, words: str) -> ColumnComparison:
    found = ColumnComparison(name=name, kind=table.plans[name].kind or "empty", verdict=verdict, words=words)
    figures = _figures(table, name)
    return replace(found, before=figures) if verdict in ("gone", "other kind") else replace(found, now=figures)


def _at_least(moved: Drift) -> float:
    return max(0.0, moved.effect - moved.chance)


def _verdict(moved: Drift, settings: ComparisonSettings) -> Verdict:
    beyond = moved.effect >= settings.tolerance
    if moved.effect > moved.chance:
        return "changed" if beyond else "slight"
    return "unclear" if beyond and moved.effect > 0 and _seems(moved, settings) else "same"


def _seems(moved: Drift, settings: ComparisonSettings) -> bool:
    """Whether a move that may be chance is worth a word: half of what chance can do, and beyond the tolerance."""
    return moved.effect >= max(settings.tolerance, moved.chance / 2)


def _difference(plan: ColumnPlan, then: ColumnProfile, later: ColumnProfile) -> float:
    if is_time(plan):
        middles = (float(each.quantiles.quantiles([0.5])[0]) for each in (then, later))
        before, now = middles
        return now - before
    return later.moments.mean - then.moments.mean


def _words(found: ColumnComparison, plan: ColumnPlan, then: ColumnProfile, later: ColumnProfile) -> str:
    """Say in the column's own unit what is different."""
    parts = []
    if found.difference is not None and is_time(plan):
        parts.append(f"half up to {_written(_half(later), plan)}, was {_written(_half(then), plan)}")
    elif found.difference is not None:
        sign = "+" if found.difference >= 0 else ""
        scale = f", {found.in_sd:+.2f} sd" if found.in_sd is not None else ""
        parts.append(
            f"average {figure(later.moments.mean)}, was {figure(then.moments.mean)} "
            f"({sign}{figure(found.difference)}{scale})"
        )
    if found.superiority is not None:
        parts.append(f"a value now is higher than one before in {round(100 * found.superiority)}% of pairs")
    if found.event_before is not None and found.event_now is not None and found.moved:
        event = {"length": f"texts of {found.event} characters"}.get(found.of, found.event)
        parts.append(f"{event}: {share(found.event_now)}, was {share(found.event_before)}")
    return "; ".join(parts) or "no difference"


def _half(profile: ColumnProfile) -> float:
    return float(profile.quantiles.quantiles([0.5])[0])


def _unjudged(plan: ColumnPlan, before: TableFacts, now: TableFacts) -> str:
    for table in (before, now):
        if not table.rows:
            return f"{table.name} has no rows"
    if is_time(plan):
        return "days and times of later rows are later, which is no change"
    return {"key": "a key is different in every row", OTHER: "values of this sort are not compared"}.get(
        plan.kind, "there is no value to compare"
    )


def _remarks(name: str, before: TableFacts, now: TableFacts) -> Iterator[str]:
    then, later = before.profiles[name], now.profiles[name]
    if then.nulls != later.nulls and not (then.nulls and later.nulls):
        some, none = (now, before) if later.nulls else (before, now)
        yield f"missing in {share(some.profiles[name].null_share)} of {some.name}, never in {none.name}"
    for table in (before, now):
        if table.strays.get(name):
            kind = _article(table.plans[name].kind)
            values = counted(table.strays[name], "value")
            yield f"{values} of {table.name} cannot be read as {kind} and count as missing"
    if then.kind == later.kind == "name" and now.plans[name].kind != "text" and not then.top.missed:
        fresh = {level: count for level, count in later.top.counts.items() if level not in then.top.counts}
        if fresh:
            named = ", ".join(
                f'"{level}" {share(count / later.count)}' for level, count in [*fresh.items()][:_MOST_NEW]
            )
            more = f" and {len(fresh) - _MOST_NEW:,} more" if len(fresh) > _MOST_NEW else ""
            yield f"{counted(len(fresh), 'level')} that {before.name} has not: {named}{more}"
    if then.words.counts and later.words.counts:
        yield from _new_words(then, later, before.name)


def _new_words(then: ColumnProfile, later: ColumnProfile, name: str) -> Iterator[str]:
    whole, whole_then = sum(later.words.counts.values()), sum(then.words.counts.values())
    gained = {
        word: count / whole - then.words.counts.get(word, 0) / whole_then for word, count in later.words.counts.items()
    }
    most = sorted(gained, key=lambda word: -gained[word])[:_MOST_NEW]
    told = [
        f'"{word}" {share(later.words.counts[word] / whole)} (was {share(then.words.counts.get(word, 0) / whole_then)})'
        for word in most
        if gained[word] > 0.005
    ]
    if told:
        yield f"words more frequent than in {name}: {', '.join(told)}"


def _figures(table: TableFacts, name: str) -> Figures:
    profile, plan = table.profiles[name], table.plans[name]
    numeric, moment = (
        profile.moments.n > 0 and profile.kind == "number",
        profile.moments.n > 0 and profile.kind == "time",
    )
    lengths = profile.lengths
    return Figures(
        rows=profile.count,
        missing=profile.null_share,
        different=profile.different_words if plan.kind != OTHER else "",
        mean=profile.moments.mean if numeric else None,
        sd=profile.moments.sd if numeric and math.isfinite(profile.moments.sd) else None,
        least=_kept(profile.moments.min, moment) if numeric or moment else None,
        most=_kept(profile.moments.max, moment) if numeric or moment else None,
        quantiles={
            said: _kept(float(value), moment)
            for said, value in zip(_SHARES, profile.quantiles.quantiles(_SHARES.values()), strict=True)
        }
        if numeric or moment
        else {},
        levels={level: count / profile.count for level, count in [*profile.top.counts.items()][:_LEVELS]}
        if plan.kind not in ("text", "key")
        else {},
        length=lengths.mean if lengths.n and plan.kind == "text" else None,
    )


def _kept(value: float, moment: bool) -> float | str:
    return _moment(value) if moment else value


def _written(value: float, plan: ColumnPlan, of: str = "") -> str:
    return _moment(value) if is_time(plan) and not of else figure(value, digits=4)


def _writer(plan: ColumnPlan, of: str) -> Callable[[float], str]:
    return lambda value: _written(value, plan, of)


def _moment(value: float) -> str:
    try:
        at = datetime_of(int(value))
    except (OverflowError, ValueError):
        return "outside the calendar"
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute, at.second) == (0, 0, 0) else f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _article(kind: str) -> str:
    return {
        "int": "whole numbers",
        "float": "numbers",
        "bool": "yes and no",
        "category": "names",
        "text": "text",
        "key": "keys",
        "date": "days",
        "datetime": "times",
        "": "nothing",
    }.get(kind, "values of another sort")
