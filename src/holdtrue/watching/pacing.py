"""Reasons of every row while there is time, else of a share that is stated: half as many when the backlog grows."""

from __future__ import annotations

import zlib

from holdtrue.watching.state import WatcherState

LOOK_EVERY = 1024
"""Rows between two looks at the backlog."""
LONG, SHORT = 1 << 20, 1 << 16
"""Bytes of the log still to be read: over the first, and growing, the share is halved; under the second, doubled."""
MOST_HALVINGS = 10
MOST_KEPT = 1000


def due(state: WatcherState) -> bool:
    """Return whether it is time to look at the backlog again."""
    return state.answered >= state.looked_at + LOOK_EVERY


def pace(state: WatcherState, backlog: int) -> bool:
    """Change the share of the rows whose reasons are computed, if it must be; return whether it was changed.

    Every change is kept in the state with the row from which on it holds, and which rows are of a share depends on
    their ids alone: so the same rows can be judged once more in the same way.

    Args:
        backlog: bytes of the log that are still to be read.

    Example:
        >>> state = WatcherState(answered=2048, backlog=5 << 20)
        >>> pace(state, 6 << 20), state.shares, pace(state, 5 << 20), pace(state, 0), state.shares
        (True, [(2048, 1)], False, True, [(2048, 1), (2048, 0)])
    """
    halvings = halvings_of(state)
    if backlog > LONG and backlog > state.backlog > 0:
        wanted = min(halvings + 1, MOST_HALVINGS)
    elif backlog < SHORT:
        wanted = max(halvings - 1, 0)
    else:
        wanted = halvings
    state.looked_at, state.backlog = state.answered, backlog
    if wanted == halvings:
        return False
    state.shares = [*state.shares, (state.answered, wanted)][-MOST_KEPT:]
    return True


def halvings_of(state: WatcherState) -> int:
    """Return how often the share of the rows whose reasons are computed is halved now."""
    return state.shares[-1][1] if state.shares else 0


def is_explained(prediction_id: str, halvings: int) -> bool:
    """Return whether a row is of the share: by its id, so that it is always the same rows."""
    return zlib.crc32(b"reasons of " + prediction_id.encode()) & ((1 << halvings) - 1) == 0


def share_in_words(state: WatcherState) -> str:
    """Say of which share reasons are computed; empty if of every row.

    Example:
        >>> share_in_words(WatcherState(shares=[(0, 2)]))
        'reasons are computed for 1 row in 4, drawn by its id: rows come faster than they can be explained'
    """
    halvings = halvings_of(state)
    if not halvings:
        return ""
    return (
        f"reasons are computed for 1 row in {1 << halvings:,}, drawn by its id: rows come faster than they can be "
        "explained"
    )
