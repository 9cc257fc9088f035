"""Columns that hold each other's values: swapped, slid by one, or put in another order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from holdtrue.monitors.diagnosis.assignment import best_assignment
from holdtrue.monitors.diagnosis.hypotheses import Hypothesis

_SHOWN = 4
_NEVER = -1e9
_TOGETHER = math.log(0.1)

_Group = tuple[str, list[str], list[Hypothesis]]
"""The kind, the columns, and of each what says whose values it holds."""


class Exchange(Struct, frozen=True, kw_only=True):
    """What several columns have in common: `kind` as of `Cause`, `score` as of `Hypothesis`, of all of them together.

    Attributes:
        other: the score of the best that could be said of each by itself.
    """

    kind: str
    columns: tuple[str, ...]
    clause: str
    words: str
    score: float
    other: float


def exchanged(order: Sequence[str], found: Mapping[str, Sequence[Hypothesis]]) -> Exchange | None:
    """Return what columns have exchanged among each other, or None.

    A column that holds another's values by chance of their shapes is common; that several do so, each another's, in a
    circle or all by one place, is not: such a whole is weighed against the best that can be said of each by itself.

    Args:
        order: all columns, in the contract's order. found: what may have befallen each that was looked at.
    """
    groups = [*_circles(order, found), *_slides(order, found)]
    best: Exchange | None = None
    for kind, columns, taken in groups:
        # Which columns, and in what order, is paid once for the whole and not by each of them.
        prior = math.log(0.1) - math.log(len(order)) * (1.0 if kind != "reorder" else len(columns) / 2)
        score = sum(each.score - each.prior for each in taken) + prior
        # That as many columns are befallen by other things, all at once, is less likely than that one is.
        other = sum(_other(found[column]) for column in columns) + (len(columns) - 1) * _TOGETHER
        if best is None or score - other > best.score - best.other:
            clause, words = _told(kind, columns, taken)
            best = Exchange(kind=kind, columns=tuple(columns), clause=clause, words=words, score=score, other=other)
    return best if best is not None and best.score > best.other else None


def _other(possible: Sequence[Hypothesis]) -> float:
    return max((each.score for each in possible if each.kind != "copy"), default=0.0)


def _circles(order: Sequence[str], found: Mapping[str, Sequence[Hypothesis]]) -> list[_Group]:
    """Return the circles in which columns hold each other's values, where each is at its best, and all together."""
    columns = [name for name in order if name in found]
    worth = np.full((len(columns), len(columns)), _NEVER)
    copies = {name: _copies(found[name]) for name in columns}
    for row, name in enumerate(columns):
        for place, source in enumerate(columns):
            if row == place:
                worth[row, place] = _other(found[name])
            elif source in copies[name]:
                worth[row, place] = copies[name][source].score - copies[name][source].prior - 1.0
    assigned = best_assignment(worth)
    circles, done = [], set[int]()
    for first in range(len(columns)):
        path = [first]
        while assigned[path[-1]] != first and len(path) <= len(columns):
            path.append(assigned[path[-1]])
        if first not in done and len(path) > 1 and all(worth[each, assigned[each]] > _NEVER for each in path):
            done |= set(path)
            circles.append(path)
    named = [[columns[each] for each in path] for path in circles]
    if len(named) > 1:
        # Several circles at once are one new order.
        named.append([name for path in named for name in path])
    held = {columns[row]: columns[place] for row, place in enumerate(assigned)}
    return [
        ("swap" if len(path) == 2 else "reorder", path, [copies[name][held[name]] for name in path]) for path in named
    ]


def _slides(order: Sequence[str], found: Mapping[str, Sequence[Hypothesis]]) -> list[_Group]:
    """Return runs of columns of which each holds the values of the next one, or of the one before."""
    places = {name: place for place, name in enumerate(order)}
    slides: list[_Group] = []
    for step in (-1, 1):
        run: list[str] = []
        taken: list[Hypothesis] = []
        for name in [*order, ""]:
            at = places[name] + step if name else -1
            copy = _copies(found.get(name, ())).get(order[at]) if 0 <= at < len(order) else None
            if copy is not None and copy.score > 0:
                run.append(name)
                taken.append(copy)
                continue
            if len(run) >= 2:
                slides.append(("shift", run, taken))
            run, taken = [], []
    return slides


def _copies(possible: Sequence[Hypothesis]) -> dict[str, Hypothesis]:
    return {each.source: each for each in possible if each.kind == "copy"}


def _told(kind: str, columns: Sequence[str], taken: Sequence[Hypothesis]) -> tuple[str, str]:
    pairs = [f"{column} holds the values of {each.source}" for column, each in zip(columns, taken, strict=True)]
    more = f" and {len(pairs) - _SHOWN} more" if len(pairs) > _SHOWN else ""
    listed = ", ".join(pairs[:_SHOWN]) + more
    if kind == "swap":
        clause = f"{columns[0]} and {columns[1]} are swapped"
        return clause, f"{clause}: each is spread as the other was"
    if kind == "shift":
        clause = f"columns slid by one, from {columns[0]} to {columns[-1]}"
        return clause, f"{clause}: {listed}"
    clause = f"{len(columns)} columns are in another order"
    return clause, f"{clause}: {listed}"
