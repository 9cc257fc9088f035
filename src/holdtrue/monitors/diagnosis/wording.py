"""A diagnosis in words, never surer than it is."""

from __future__ import annotations

from holdtrue.foundation import day, figure, share
from holdtrue.monitors.diagnosis.records import Beginning, Carrier, Carriers, Cause, Diagnosis, Effect, Segment

_WORDS = ((0.95, "very likely"), (0.75, "likely"), (0.5, "probably"), (0.0, "perhaps"))


def sureness(confidence: float) -> str:
    """Say how sure.

    Example:
        >>> [sureness(each) for each in (0.99, 0.8, 0.5, 0.2)]
        ['very likely', 'likely', 'probably', 'perhaps']
    """
    return next(word for least, word in _WORDS if confidence >= least)


def cause_in_words(diagnosis: Diagnosis) -> str:
    """Say in a clause what an alarm most likely is.

    Example: 'very likely area written as sq m in place of sq ft'
    """
    cause = diagnosis.cause
    if not cause.confidence:
        return cause.clause
    return f"{sureness(cause.confidence)}: {cause.clause}"


def cause_line(cause: Cause) -> str:
    """Say in a line what a change may be, with what speaks for it."""
    if not cause.confidence:
        return cause.words
    return f"{sureness(cause.confidence)} ({share(cause.confidence)}): {cause.words}"


def beginning_in_words(begin: Beginning) -> str:
    """Say when a change began, and between which rows with which probability."""
    at = f"row {begin.row + 1:,}"
    if begin.time is not None:
        at += f", {day(begin.time)}"
    if not begin.coverage:
        return f"about {at}"
    if begin.first_row == begin.last_row:
        return f"{at} ({share(begin.coverage)} sure)"
    first, last = f"row {begin.first_row + 1:,}", f"{begin.last_row + 1:,}"
    days = ""
    if begin.first_time is not None and begin.last_time is not None and day(begin.first_time) != day(begin.last_time):
        days = f", {day(begin.first_time)} to {day(begin.last_time)}"
    early = "or earlier " if begin.open else ""
    return f"{at}; with {share(begin.coverage)} probability between {first} {early}and {last}{days}"


def effect_in_words(effect: Effect, level: bool) -> str:
    """Say how much a quantity has changed."""
    before, now = (share(effect.before), share(effect.now)) if level else (figure(effect.before), figure(effect.now))
    unit = f" {effect.unit}" if effect.unit else ""
    text = f"{now}{unit}, was {before}{unit}"
    if level:
        return text
    return (
        f"average {text}; a value now is higher than one before in {share(effect.superiority)} of pairs "
        f"({share(effect.low)} to {share(effect.high)})"
    )


def carrier_line(each: Carrier, unit: str) -> str:
    """Say what a carrier carries."""
    value = f"{each.value:+,.0f}" if abs(each.value) >= 100 else f"{each.value:+.3g}"
    told = "" if unit == "nats" else f" ({value}{' ' + unit if unit else ''})"
    was = f"; {figure(each.now)}, was {figure(each.before)}" if each.now is not None and each.before is not None else ""
    return f"{each.name} {share_of_change(each.part)}{told}{was}"


def share_of_change(part: float) -> str:
    """Write a part of a change, which may go against it.

    Example:
        >>> share_of_change(0.62), share_of_change(-0.031)
        ('62%', '-3.1%')
    """
    return share(part) if part >= 0 else f"-{share(-part)}"


def rest_line(found: Carriers) -> str:
    """Say what is left; "" where that is nothing to speak of."""
    if not found.total or abs(found.rest) < 0.005 * abs(found.total):
        return ""
    return f"the rest {share_of_change(found.rest / found.total)}"


def segment_line(each: Segment, level: bool) -> str:
    """Say how a segment stands out."""
    before, now = (share(each.before), share(each.now)) if level else (figure(each.before), figure(each.now))
    chance = f"{each.by_chance:.2g}" if each.by_chance >= 0.0001 else "under 0.0001"
    return f"{each.field} = {each.value}: {now}, was {before} ({each.rows:,} rows; by chance {chance})"
