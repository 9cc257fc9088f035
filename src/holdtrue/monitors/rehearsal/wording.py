"""A rehearsal in words, the same on the terminal, on the page and in what `show` says."""

from __future__ import annotations

from collections.abc import Sequence

from holdtrue.foundation import counted, day, figure
from holdtrue.monitors.rehearsal.records import Cost, Heard, Part, Rehearsal

_MOST_TOLD = 5


def headline(found: Rehearsal) -> str:
    """Say in one line what came of it.

    Example:
        >>> headline(Rehearsal(skipped="the model names no time"))
        'not rehearsed: the model names no time'
    """
    if found.skipped:
        return f"not rehearsed: {found.skipped}"
    if not any(part.stretch for part in found.parts):
        alarms = counted(len(found.alarms), "alarm") if found.alarms else "no alarm"
        return f"{found.present}: {alarms} over the later half; too short a history to say why"
    if found.calm:
        return f"{found.present}: silent over {found.replayed:,} rows{_aside(found)}{_lasting(found)}"
    if found.suggestion is None:
        return f"{found.present}: {_restless(found)}; no season, block or tolerance that was tried is silent"
    return f"{found.present}: {_restless(found)}; {found.suggestion}: silent{_aside(found)}"


def lines(found: Rehearsal, adopt: str = "holdtrue monitor adopt") -> tuple[str, ...]:
    """Say all that matters, a sentence a line.

    Args:
        found: the rehearsal. adopt: the command that takes the suggestion.
    """
    told = [headline(found)]
    if found.skipped:
        return tuple(told)
    told += [_part(part) for part in found.parts]
    told += [_heard(each) for each in found.alarms[:_MOST_TOLD]]
    if len(found.alarms) > _MOST_TOLD:
        told.append(f"and {counted(len(found.alarms) - _MOST_TOLD, 'more alarm')}")
    if found.suggestion is not None:
        told.append(f"suggested: {found.suggestion}; to take it: {adopt}")
        told += [f"still told then, as it lasts: {each.message}" for each in found.remaining[:_MOST_TOLD]]
    if found.aside:
        what = "has changed, or follows" if len(found.aside) == 1 else "have changed, or follow"
        told.append(f"left aside, for no manner silences it: {_names(found)} {what} a rhythm not known here")
    if found.quiet is not None:
        told.append(f"a tolerance of {found.quiet:g} would leave what lasts untold")
    told += [*_costs(found.cost), *_unmet(found)]
    if found.calm or found.suggestion is not None:
        rows = f"{found.at_most_one_in:,} rows"
        told.append(f"so much silence shows only that no more than one alarm comes in {rows} (95 % sure)")
    return tuple(told)


def summary(found: Rehearsal, adopt: str = "holdtrue monitor adopt") -> tuple[str, ...]:
    """Say in few sentences what came of it, what to do, and what that costs; arguments as of `lines`."""
    told = [headline(found)]
    if found.suggestion is not None:
        told.append(f"to take it: {adopt}")
        told += [*_costs(found.cost), *_unmet(found)]
    return tuple(told)


def _restless(found: Rehearsal) -> str:
    if not found.alarms:
        return found.restless
    first = min(each.rows for each in found.alarms)
    return f"{counted(found.changed, 'quantity', 'quantities')} in alarm, the first after {counted(first, 'row')}"


def _part(part: Part) -> str:
    span = f"{counted(part.rows, 'row')} from {day(part.first)} to {day(part.last)}"
    how = (
        f"{part.stretch} by {part.stretch} in turns, one half as the baseline and {part.replayed:,} rows as if live"
        if part.stretch
        else f"too short to take in turns; {part.replayed:,} later rows as if live"
    )
    return f"rehearsed {part.name}: {span}, {how}"


def _heard(each: Heard) -> str:
    where = "of the later half" if each.later else "in turns"
    why = {True: "lasting, ", False: "comes and goes, ", None: ""}[each.lasting]
    return f"{why}after {counted(each.rows, 'row')} {where}: {each.message}"


def _aside(found: Rehearsal) -> str:
    return f" but for {_names(found)}" if found.aside else ""


def _lasting(found: Rehearsal) -> str:
    names = dict.fromkeys(each.quantity for each in found.remaining if (each.group, each.quantity) not in found.aside)
    if not names:
        return ""
    what = "one change lasts" if len(names) == 1 else f"{len(names)} changes last"
    return f"; {what} in it: {', '.join(names)}"


def _names(found: Rehearsal) -> str:
    return ", ".join(dict.fromkeys(name for _, name in found.aside))


def _unmet(found: Rehearsal) -> list[str]:
    """Say that the live baseline lacks seasons, where it does."""
    if found.met is None:
        return []
    season, (met, whole) = (found.suggestion or found.present).season, found.met
    lacking = (
        f"the held rows are of {met} {season}s of {whole}, so live rows of the others are compared among themselves"
    )
    return [f"{lacking}; hold out more (held=) to know them before"]


def _costs(costs: Sequence[Cost]) -> list[str]:
    """Say what finding takes, a part a line."""
    told = []
    for part in dict.fromkeys(cost.part for cost in costs):
        own = [cost for cost in costs if cost.part == part]
        moved, rows = " or ".join(own[0].moved), ", ".join(_found(cost) for cost in own)
        told.append(f"what it costs: a shift planted into {moved} is found {rows}")
    return told


def _found(cost: Cost) -> str:
    if cost.rows is None:
        return f"not in the rows there are if it is of {cost.sd:g} sd"
    days = f" ({figure(cost.days, digits=2)} days)" if cost.days is not None and cost.days >= 1 else ""
    return f"after {counted(cost.rows, 'row')}{days} if it is of {cost.sd:g} sd"
