"""The best one-to-one assignment: which column's values each column holds."""

from __future__ import annotations

import numpy as np

from holdtrue.monitors.diagnosis.rows import Floats


def best_assignment(worth: Floats) -> list[int]:
    """Return for each row the column it is assigned, so that what they are worth together is most.

    Shortest augmenting paths with potentials (Jonker and Volgenant, "A shortest augmenting path algorithm for dense and
    sparse linear assignment problems", Computing 38, 1987), in n^3 steps.

    Args:
        worth: finite, shape (n, n).

    Example:
        >>> best_assignment(np.array([[5.0, 4.0], [5.0, 1.0]]))
        [1, 0]
    """
    n = len(worth)
    cost = worth.max(initial=0.0) - worth
    rows_of, above, left = np.full(n + 1, -1), np.zeros(n), np.zeros(n + 1)
    for row in range(n):
        rows_of[n] = row
        column, back = n, np.full(n + 1, -1)
        least, done = np.full(n, np.inf), np.zeros(n + 1, dtype=np.bool_)
        while rows_of[column] != -1:
            done[column] = True
            at = rows_of[column]
            slack = cost[at] - above[at] - left[:n]
            better = ~done[:n] & (slack < least)
            least[better], back[:n][better] = slack[better], column
            open_ = np.where(done[:n], np.inf, least)
            nearest = int(open_.argmin())
            step = open_[nearest]
            above[rows_of[done]] += step
            left[done] -= step
            least[~done[:n]] -= step
            column = nearest
        while column != n:
            rows_of[column] = rows_of[back[column]]
            column = int(back[column])
    found = [0] * n
    for column in range(n):
        found[int(rows_of[column])] = column
    return found
