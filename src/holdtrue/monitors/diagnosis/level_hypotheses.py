"""What may have befallen a column of names, weighed as numbers are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from holdtrue.foundation import share
from holdtrue.monitors.diagnosis.density import level_logs
from holdtrue.monitors.diagnosis.hypotheses import Hypothesis, missing_words
from holdtrue.monitors.diagnosis.rows import Floats
from holdtrue.monitors.diagnosis.scores import counted_levels, log_odds_of_levels, log_odds_of_share
from holdtrue.profiles import MISSING, CategoryReference

_FEW = 3


def of_names(
    reference: CategoryReference, values: Sequence[str], *, others: Mapping[str, CategoryReference]
) -> list[Hypothesis]:
    """Return what may have befallen a column of names, the likeliest first.

    Args:
        values: levels since the change. others: what the other columns of names were.
    """
    now, n = counted_levels(reference, values), len(values)
    logs = level_logs(reference, sorted(now))
    base = sum(count * logs[level] for level, count in now.items())
    # What is new, or missing, is told by what says so: other shares are those of levels that were known before.
    known = {level: count for level, count in now.items() if level in reference.levels and level != MISSING}
    then = {level: count for level, count in reference.levels.items() if level != MISSING}
    found = [
        Hypothesis(kind="drift", clause="", words="", score=log_odds_of_levels(then, known) + math.log(0.5)),
        *_missing(reference, values, now, n),
    ]
    if not reference.folded and n:
        found += [
            *_new(reference, now, n),
            *_renamed(reference, now, n, logs),
            *_stuck(reference, now, n),
            *(
                Hypothesis(
                    kind="copy",
                    clause=f"holding the values of {name}",
                    words=f"holding the values of {name}: they are the levels of {name}, as often as there",
                    score=_worth(other, now) - base + math.log(0.15 / len(others)),
                    prior=math.log(0.15 / len(others)),
                    source=name,
                )
                for name, other in others.items()
                if not other.folded
            ),
        ]
    return sorted(found, key=lambda each: -each.score)


def _worth(reference: CategoryReference, counts: Mapping[str, int]) -> float:
    logs = level_logs(reference, sorted(counts))
    return sum(count * logs[level] for level, count in counts.items())


def _missing(reference: CategoryReference, values: Sequence[str], now: Mapping[str, int], n: int) -> list[Hypothesis]:
    hits, before = now.get(MISSING, 0), reference.missing / max(reference.n, 1)
    if not n or hits / n <= before:
        return []
    return [
        Hypothesis(
            kind="missing",
            clause="missing values",
            words=missing_words(np.array([value == MISSING for value in values]), before),
            score=log_odds_of_share(reference.missing, reference.n, hits, n) + math.log(0.3),
            telling=_is(MISSING),
            whole=hits == n,
        )
    ]


def _new(reference: CategoryReference, now: Mapping[str, int], n: int) -> list[Hypothesis]:
    new = sorted((level for level in now if level not in reference.levels), key=lambda level: -now[level])
    hits = sum(now[level] for level in new)
    if hits < _FEW:
        return []
    once = sum(count == 1 for count in reference.levels.values())
    named = ", ".join(f'"{level}"' for level in new[:3]) + (f" and {len(new) - 3} more" if len(new) > 3 else "")
    one = len(new) == 1
    return [
        Hypothesis(
            kind="new category",
            clause=f"a new level, {named}" if one else f"{len(new)} new levels, {named}",
            words=f"{'a new level' if one else f'{len(new)} new levels'}: {named}, {share(hits / n)} of the rows; "
            "the baseline has none",
            score=log_odds_of_share(once, reference.n, hits, n) + math.log(0.3),
            telling=_is(*new),
            whole=hits == n,
        )
    ]


def _renamed(
    reference: CategoryReference, now: Mapping[str, int], n: int, logs: Mapping[str, float]
) -> list[Hypothesis]:
    new = [level for level, count in now.items() if level not in reference.levels and count >= _FEW]
    gone = [level for level, count in reference.levels.items() if count / max(reference.n, 1) >= 0.01]
    gone = [level for level in gone[:50] if now.get(level, 0) / n < 0.3 * reference.levels[level] / reference.n]
    found = []
    for level in new[:20]:
        for old in gone:
            then = math.log((reference.levels[old] + 0.5) / (reference.n + 1))
            gain = now[level] * (then - logs[level])
            # That the old one is gone is told too: as a new level beside the others it would not have to be.
            left = -n * reference.levels[old] / reference.n + now.get(old, 0)
            alike = 0.0 if _plain(level) == _plain(old) else -1.5
            extra = _balance(now[level] + now.get(old, 0), n, reference.levels[old], reference.n)
            found.append(
                Hypothesis(
                    kind="renamed",
                    clause=f'"{old}" is now called "{level}"',
                    words=f'"{old}" is now called "{level}": {share(now[level] / n)} of the rows have the new one and '
                    f"{share(now.get(old, 0) / n)} the old one, which {share(reference.levels[old] / reference.n)} had",
                    score=gain + extra + alike - left * 0.5 + math.log(0.1 / (len(new) * len(gone))),
                    telling=_is(level),
                    whole=now[level] == n,
                )
            )
    return found


def _balance(now: int, rows: int, before: int, rows_before: int) -> float:
    """Return how much speaks for both names together being as frequent as the old one was (the logarithm, negative)."""
    expected = before / rows_before
    variance = expected * (1 - expected) * (1 / rows + 1 / rows_before) or 1e-9
    away = now / rows - expected
    return -0.5 * away * away / variance


def _stuck(reference: CategoryReference, now: Mapping[str, int], n: int) -> list[Hypothesis]:
    level = max(now, key=lambda each: now[each])
    before = reference.levels.get(level, 0) / max(reference.n, 1)
    if level == MISSING or n < _FEW or now[level] / n < 0.97 or before > 0.6 or not before:
        return []
    return [
        Hypothesis(
            kind="stuck",
            clause=f'stuck at "{level}"',
            words=f'stuck at "{level}": {now[level]:,} of {n:,} rows have it, {share(before)} of the baseline had',
            score=log_odds_of_share(reference.levels.get(level, 0), reference.n, now[level], n) + math.log(0.3),
            telling=_is(level),
            whole=now[level] == n,
        )
    ]


def _plain(level: str) -> str:
    return "".join(letter for letter in level.casefold() if letter.isalnum())


def _is(*levels: str) -> Callable[[Any], Floats]:
    wanted = set(levels)
    return lambda values: np.array([1.0 if value in wanted else -1.0 for value in values])
