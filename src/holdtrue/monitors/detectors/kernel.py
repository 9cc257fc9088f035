"""The judging of rows as one loop over plain arrays, for a compiler: the same arithmetic, to the bit, as `stepping`.

Nothing here may be summed in another order, contracted or approximated: states and alarms must not depend on whether
the compiler is installed. What this module imports is compiled into it, and its compiled form is looked up by this
file alone: whoever changes one of those constants touches this file too.
"""

from __future__ import annotations

import math
from typing import Any

from holdtrue.monitors.detectors.bets import CELLS, CLIP, COUNT, EXTREMES, NEAR, PLACES
from holdtrue.profiles import FARTHEST


def advance(
    numbers: Any,
    seasons: Any,
    low: Any,
    high: Any,
    values: Any,
    active: Any,
    ticks: Any,
    ranks: Any,
    cuts: Any,
    cut_starts: Any,
    tied: Any,
    first: Any,
    counts: Any,
    live: Any,
    tree: Any,
    totals: Any,
    area: Any,
    step: Any,
    stakes: Any,
    shares: Any,
    factors: Any,
    total: Any,
    best: Any,
    start: Any,
    sums: Any,
    since: Any,
    extremes: Any,
    row: int,
    starts: Any,
    closed: int,
    threshold: float,
    most: int,
) -> tuple[int, bool]:
    """Judge rows one after the other, up to and with the first that is an alarm; change what is kept in place.

    Args:
        numbers: (n, c). seasons, ticks: (n,). low, high, values, active: (n, k), those of indicators filled; those of
            ranks are worked out here. ranks: places of the c rank streams among the k.
        cuts, tied, first: of all tables (see `NumericRanks`) one after the other, each with one more entry than it has
            cuts (of cuts: infinity); cut_starts: where each one's begin, and where the last ends.
        counts, live: (tables, bins); tree: (tables, bins + 1); totals: (tables,). area, step,
            stakes, shares: see `Bets`. factors: (k, COUNT).
        total, best, start: (k, COUNT); sums: (MOMENTS, k); since: (MOMENTS, k, COUNT); extremes: (2, k, EXTREMES);
            row: rows seen before.
        starts: first stream of each quantity. closed: quantities that count without evidence. most: rows to judge.

    Returns:
        How many rows were judged, and whether the last of them is an alarm.
    """
    n_numbers, n_streams, n_quantities = ranks.size, total.shape[0], starts.size
    width = tree.shape[1]
    for i in range(most):
        # Ranks of the numbers, which then join.
        for c in range(n_numbers):
            value = numbers[i, c]
            k = ranks[c]
            if math.isnan(value):
                low[i, k], high[i, k] = 0.0, 1.0
                continue
            t = seasons[i] * n_numbers + c
            begin, end = cut_starts[t], cut_starts[t + 1] - 1
            left, right = begin, end
            while left < right:
                middle = (left + right) // 2
                if cuts[middle] < value:
                    left = middle + 1
                else:
                    right = middle
            tie = tied[left]
            at_cut = left < end and cuts[left] == value
            found = first[left] + (1 if tie and at_cut else 0)
            less = 0
            place = found
            while place > 0:
                less += tree[t, place]
                place &= place - 1
            upper = less + counts[t, found] + (1 if tie else 0)
            whole = float(totals[t])
            low[i, k] = less / whole
            high[i, k] = min(upper / whole, 1.0)
            counts[t, found] += 1
            live[t, found] += 1
            totals[t] += 1
            place = found + 1
            while place < width:
                tree[t, place] += 1
                place += place & -place
        # Bets, evidence and sums of each stream.
        tick = ticks[i]
        for k in range(n_streams):
            a, b = low[i, k], high[i, k]
            if not (active[i, k] and b - a < 1.0):
                for j in range(COUNT):
                    best[k, j] = max(best[k, j], 1.0)
                continue
            value = min(max(values[i, k], -FARTHEST), FARTHEST)
            sums[0, k] += 1.0
            sums[1, k] += value
            sums[2, k] += value * value
            middle_rank = (a + b) / 2
            sums[3, k] += middle_rank
            if middle_rank <= CLIP or middle_rank >= 1.0 - CLIP:
                side = 0 if middle_rank <= CLIP else 1
                for m in range(EXTREMES - 1, 0, -1):
                    extremes[side, k, m] = extremes[side, k, m - 1]
                extremes[side, k, 0] = row + i
            at_a, at_b = a * CELLS, b * CELLS
            cell_a, cell_b = int(at_a), int(at_b)
            rest_a, rest_b = at_a - cell_a, at_b - cell_b
            for j in range(COUNT):
                until_b = step[cell_b, j] * rest_b + area[cell_b, j]
                until_a = step[cell_a, j] * rest_a + area[cell_a, j]
                e = (until_b - until_a) / (b - a) * factors[k, j]
                total[k, j] = (total[k, j] + tick * stakes[j]) * e
                best[k, j] = max(best[k, j], 1.0) * e
        for k in range(n_streams):
            for j in range(COUNT):
                if best[k, j] <= 1.0:
                    start[k, j] = row + i + 1
                    for m in range(4):
                        since[m, k, j] = sums[m, k]
        # The group's mean evidence: all of it, and where that is enough, what of it counts.
        for careful in range(2):
            evidence, begun_quantities = 0.0, closed
            for q in range(n_quantities):
                last = starts[q + 1] if q + 1 < n_quantities else n_streams
                column, begun = 0.0, 0
                for k in range(starts[q], last):
                    stream = 0.0
                    if not careful:
                        for j in range(COUNT):
                            stream += total[k, j]
                    else:
                        for j in range(COUNT):
                            begin, low_side, high_side = max(start[k, j], row + i + 1 - NEAR), 0, 0
                            for m in range(EXTREMES):
                                low_side += 1 if extremes[0, k, m] >= begin else 0
                                high_side += 1 if extremes[1, k, m] >= begin else 0
                            count = abs(high_side - low_side)
                            if j < len(PLACES):
                                count = high_side if PLACES[j] > 0 else low_side
                            stream += total[k, j] * shares[count, j]
                    column += stream
                    begun += 1 if sums[0, k] > 0 else 0
                evidence += column / max(begun, 1)
                begun_quantities += 1 if begun > 0 else 0
            if evidence / max(begun_quantities, 1) < threshold:
                break
            if careful:
                return i + 1, True
    return most, False
