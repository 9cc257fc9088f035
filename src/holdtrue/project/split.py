"""Three parts: train, valid (early stopping, tuning) and held (gate, baseline), which never reaches training."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import WrongUse

Indices = NDArray[np.int64]


class Parts(Struct, frozen=True, kw_only=True, eq=False):
    """Row numbers of each part: disjoint, together all rows; in the order of time where there is one."""

    train: Indices
    valid: Indices
    held: Indices


def split_rows(
    times: NDArray[np.int64] | None,
    n: int,
    *,
    held: float = 0.2,
    valid: float = 0.1,
    groups: NDArray[np.generic] | None = None,
    since: int | None = None,
    seed: int = 0,
) -> Parts:
    """Split rows into train, valid and held, newest last.

    With times, the oldest rows train and the newest are held, so that a model is judged as it will be used: on rows
    later than it learnt from. Without, rows are drawn at random from the seed.

    After a change at time `since`, each regime is split by itself: rows before it as always; of those since, the
    newest half is held and the rest trains. So the new model learns the new regime, and its reference comes from held
    rows since the change (held rows before it would make the change alarm again at once).

    Args:
        times: (n,) microseconds since 1970; rows without one have the smallest number and count as oldest.
        n: number of rows.
        held, valid: shares of the rows, of at least one row each where rows and share allow; the rest trains.
        groups: (n,) rows of one group stay in one part (of one regime); a group is as old as its newest row. A row
            whose group is missing (None or NaN) is a group of its own.
        since: time of the change; needs times.
        seed: of the draw where there are no times.

    Raises:
        WrongUse: shares that leave nothing to train, times or groups of another length, or nothing to be held.

    Example:
        >>> parts = split_rows(np.arange(10) * 100, 10, held=0.2, valid=0.1)
        >>> parts.train.tolist(), parts.valid.tolist(), parts.held.tolist()
        ([0, 1, 2, 3, 4, 5, 6], [7], [8, 9])
        >>> split_rows(np.arange(10) * 100, 10, since=600).held.tolist()
        [5, 8, 9]
    """
    _require(times, n, held, valid, groups, since)
    if since is None or times is None:
        parts = _regime(np.arange(n), times, groups, held, valid, seed)
    else:
        before, after = np.flatnonzero(times < since), np.flatnonzero(times >= since)
        old = _regime(before, times, groups, held, valid, seed)
        new = _regime(after, times, groups, 0.5, 0.0, seed, floor=True)
        parts = Parts(
            train=np.concatenate([old.train, new.train]),
            valid=old.valid,
            held=np.concatenate([old.held, new.held]),
        )
    if held > 0 and not len(parts.held):
        hint = "more rows are needed, or more groups" if groups is not None else "more rows are needed"
        raise WrongUse(f"of {n:,} rows none could be held", hint=hint)
    return parts


def _regime(
    rows: Indices,
    times: NDArray[np.int64] | None,
    groups: NDArray[np.generic] | None,
    held: float,
    valid: float,
    seed: int,
    *,
    floor: bool = False,
) -> Parts:
    """Split some rows: order their units (rows, or whole groups) from oldest to newest, and cut twice."""
    number, size = _units(rows, times, groups, seed)
    ends = np.cumsum(size)
    total = int(ends[-1]) if len(ends) else 0
    to_hold = int(held * total) if floor else _share(held, total)
    to_validate = _share(valid, total)
    # Cut where the newest units together first reach what is to be held; a lone unit trains.
    last_train = max(total - to_hold - to_validate, 0)
    train_units = min(max(int(np.searchsorted(ends, last_train, side="right")), 1), len(ends))
    held_units = int(np.searchsorted(ends, total - to_hold, side="right")) if to_hold else len(ends)
    part = np.zeros(len(ends), dtype=np.int64)
    part[train_units:] = 1
    part[max(held_units, train_units) :] = 2
    of_row = part[number]
    order = _order(rows, times)
    ordered, parts = rows[order], of_row[order]
    return Parts(train=ordered[parts == 0], valid=ordered[parts == 1], held=ordered[parts == 2])


def _units(
    rows: Indices, times: NDArray[np.int64] | None, groups: NDArray[np.generic] | None, seed: int
) -> tuple[Indices, Indices]:
    """Return each row's unit, numbered from oldest to newest (or as drawn), and the units' sizes in that order."""
    if groups is None:
        key, count = np.arange(len(rows)), len(rows)
    else:
        # Units are numbered by first appearance, so that the draw does not depend on what the groups are called.
        _, first, inverse = np.unique(_numbered(groups[rows]), return_index=True, return_inverse=True)
        key, count = np.argsort(np.argsort(first))[inverse], len(first)
    if times is None:
        place = np.random.default_rng(seed).permutation(count)
    else:
        newest = np.full(count, np.iinfo(np.int64).min)
        np.maximum.at(newest, key, times[rows])
        place = np.empty(count, dtype=np.int64)
        place[np.argsort(newest, kind="stable")] = np.arange(count)
    number = place[key]
    return number, np.bincount(number, minlength=count)


def _numbered(groups: NDArray[np.generic]) -> Indices:
    """Return a number for each group's name; a row without one is a group of its own."""
    numbers: dict[object, int] = {}
    found = np.empty(len(groups), dtype=np.int64)
    for row, name in enumerate(groups.tolist()):
        missing = name is None or name != name
        found[row] = -1 - row if missing else numbers.setdefault(name, len(numbers))
    return found


def _order(rows: Indices, times: NDArray[np.int64] | None) -> Indices:
    return np.arange(len(rows)) if times is None else np.argsort(times[rows], kind="stable")


def _share(share: float, total: int) -> int:
    """Return a share of the rows, at least one where anything is asked for and two rows are there."""
    return max(round(share * total), 1) if share > 0 and total > 1 else 0


def _require(
    times: NDArray[np.int64] | None,
    n: int,
    held: float,
    valid: float,
    groups: NDArray[np.generic] | None,
    since: int | None,
) -> None:
    if held < 0 or valid < 0 or held + valid >= 1:
        raise WrongUse(f"held = {held} and valid = {valid} leave no rows to train", hint="use such as 0.2 and 0.1")
    if since is not None and times is None:
        raise WrongUse("a split at a change needs times", hint="name the time field: ht.Model(..., time=...)")
    for name, values in (("times", times), ("groups", groups)):
        if values is not None and len(values) != n:
            raise WrongUse(f"{len(values):,} {name} for {n:,} rows", hint="give one for each row")
    if n < 2:
        raise WrongUse(f"{n} rows cannot be split", hint="a model needs at least one row to train and one to be held")
