"""Scores of peers as compiled loops: fifty alarms at one in 2,000,000 values are too many for their own Python.

Each is the arithmetic of the original, named with it; `detector_delays.py` holds each against the original on the same
rows before it uses it. A score is the largest of the columns': one threshold for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
from delaying import Matrix, Score

_jit = numba.njit(cache=True, nogil=True)
_summing = numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})


def page_hinkley(delta: float, alpha: float = 1 - 0.0001) -> Score:
    """River's PageHinkley, up and down: its two sums beyond their extremes. The baseline is fed first."""

    def score(baseline: Matrix, live: Matrix) -> Matrix:
        values = np.concatenate([baseline, live])
        return np.asarray(_page_hinkley(np.ascontiguousarray(values.T), delta, alpha)[len(baseline) :])

    return score


def kswin(window: int = 100, recent: int = 30) -> Score:
    """River's KSWIN: Kolmogorov and Smirnov's distance of the latest values from as many drawn from those before."""

    def score(baseline: Matrix, live: Matrix) -> Matrix:
        values = np.concatenate([baseline[-window:], live])
        seed = int(abs(values[0, 0]) * 1e6)
        return np.asarray(_kswin(np.ascontiguousarray(values.T), window, recent, seed)[len(values) - len(live) :])

    return score


def windowed_ks(window: int) -> Score:
    """Every `window` rows, the rows since the last time against the baseline: Kolmogorov and Smirnov's distance."""

    def score(baseline: Matrix, live: Matrix) -> Matrix:
        return np.asarray(_windowed_ks(np.sort(baseline.T, axis=1), np.ascontiguousarray(live.T), window))

    return score


def cramer_von_mises(windows: Sequence[int]) -> Score:
    """The statistic of alibi-detect's CVMDriftOnline: windows of the latest rows against the baseline, every row."""

    def score(baseline: Matrix, live: Matrix) -> Matrix:
        out = np.full(len(live), -np.inf)
        for column in range(live.shape[1]):
            reference = np.sort(baseline[:, column])
            for window in windows:
                np.maximum(out, _cramer_von_mises(reference, np.ascontiguousarray(live[:, column]), window), out=out)
        return out

    return score


def e_cusum(window: int = 100, horizon: int = 5, lambdas: Sequence[float] = (0.25, 0.5, 1.0)) -> Score:
    """driftfdr's ECUSUM, run sequentially: for a rise, on whitened values, looking back over `horizon` windows."""

    def score(baseline: Matrix, live: Matrix) -> Matrix:
        out = np.full(len(live), -np.inf)
        for column in range(live.shape[1]):
            reference = baseline[:, column]
            mean, coefficients, sd = whitening(reference)
            z = (np.concatenate([reference[-2:], live[:, column]]) - mean).astype(float)
            z = (z[2:] - coefficients[0] * z[1:-1] - coefficients[1] * z[:-2]) / sd
            np.maximum(out, _e_cusum(z, np.array(lambdas), window, horizon), out=out)
        return out

    return score


def jumper(jump: float = 0.01) -> Score:
    """MAPIE's OnlineMartingaleTest: the logarithm of its simple jumper martingale over conformal p-values."""

    def score(baseline: Matrix, live: Matrix) -> Matrix:
        out = np.full(len(live), -np.inf)
        draw = np.random.default_rng(int(abs(baseline[0, 0]) * 1e6))
        for column in range(live.shape[1]):
            values = np.concatenate([baseline[:, column], live[:, column]])
            p = p_values(values, draw.random(values.size))
            np.maximum(out, jumped(p, jump)[len(baseline) :], out=out)
        return out

    return score


def whitening(reference: Matrix) -> tuple[float, Matrix, float]:
    """Return the mean, the two coefficients and the scale that ECUSUM's `start_stream` estimates."""
    mean = float(reference.mean())
    apart = reference - mean
    n = reference.size
    gamma = np.array([(apart[k:] * apart[: n - k]).sum() / n for k in range(3)])
    places = np.abs(np.arange(2)[:, None] - np.arange(2)[None, :])
    coefficients = np.linalg.solve(gamma[places] + 1e-12 * np.eye(2), gamma[1:])
    left = apart.copy()
    for lag in (1, 2):
        left[lag:] -= coefficients[lag - 1] * apart[:-lag]
    return mean, coefficients, float(left[2:].std())


def p_values(values: Matrix, lots: Matrix) -> Matrix:
    """Return conformal p-values, each among those before it: the share that is greater, ties parted by lot."""
    order = np.argsort(np.lexsort((lots, values)), kind="stable")
    return np.asarray(_p_values(order, lots))


@_jit
def _page_hinkley(values: Any, delta: float, alpha: float) -> Any:
    columns, n = values.shape
    out = np.full(n, -np.inf)
    for c in range(columns):
        mean, up, down, lowest, highest = 0.0, 0.0, 0.0, np.inf, -1.0
        for i in range(n):
            mean += (values[c, i] - mean) / (i + 1)
            apart = values[c, i] - mean
            up = alpha * up + apart - delta
            down = alpha * down + apart + delta
            lowest = min(lowest, up)
            highest = max(highest, down)
            if i + 1 >= 30:
                out[i] = max(out[i], up - lowest, highest - down)
    return out


@_jit
def _distance(a: Any, b: Any) -> float:
    i, j, most = 0, 0, 0.0
    n, m = a.size, b.size
    while i < n and j < m:
        value = min(a[i], b[j])
        while i < n and a[i] == value:
            i += 1
        while j < m and b[j] == value:
            j += 1
        most = max(most, abs(i / n - j / m))
    return most


@_jit
def _kswin(values: Any, window: int, recent: int, seed: int) -> Any:
    np.random.seed(seed)
    columns, n = values.shape
    out = np.full(n, -np.inf)
    before = window - recent
    places = np.arange(before)
    drawn = np.empty(recent)
    latest = np.empty(recent)
    for c in range(columns):
        latest[:] = np.sort(values[c, before - 1 : window - 1])
        for i in range(window - 1, n):
            # The newest value joins the sorted latest ones, the oldest of them leaves.
            gone, new = values[c, i - recent], values[c, i]
            j = 0
            while latest[j] != gone:
                j += 1
            while j + 1 < recent and latest[j + 1] < new:
                latest[j] = latest[j + 1]
                j += 1
            while j > 0 and latest[j - 1] > new:
                latest[j] = latest[j - 1]
                j -= 1
            latest[j] = new
            first = i - window + 1
            for k in range(recent):
                other = k + int(np.random.random() * (before - k))
                places[k], places[other] = places[other], places[k]
                value = values[c, first + places[k]]
                j = k
                while j > 0 and drawn[j - 1] > value:
                    drawn[j] = drawn[j - 1]
                    j -= 1
                drawn[j] = value
            out[i] = max(out[i], _distance(drawn, latest))
    return out


@_jit
def _windowed_ks(baseline: Any, live: Any, window: int) -> Any:
    columns, n = live.shape
    out = np.full(n, -np.inf)
    for c in range(columns):
        for end in range(window, n + 1, window):
            out[end - 1] = max(out[end - 1], _distance(np.sort(live[c, end - window : end]), baseline[c]))
    return out


@_summing
def _window_sums(lefts: Any, rights: Any, shares: Any, odd: Any) -> Any:
    pairs, own = 0.0, 0.0
    for k in range(odd.size):
        pairs += odd[k] * lefts[k]
        apart = rights[k] - shares[k]
        own += apart * apart
    return pairs, own


@_jit
def _cramer_von_mises(reference: Any, live: Any, window: int) -> Any:
    """Of sorted reference values and a window: both sums of squares follow from the window's places alone."""
    n, w, rows = reference.size, window, live.size
    out = np.full(rows, -np.inf)
    upto = np.searchsorted(reference, reference, side="right") / n
    squares = (upto * upto).sum()
    beyond = np.zeros(n + 1)  # the sum of `upto` from each place on
    for r in range(n - 1, -1, -1):
        beyond[r] = beyond[r + 1] + upto[r]
    least, most = np.searchsorted(reference, live), np.searchsorted(reference, live, side="right") / n
    tied = np.unique(live).size < rows
    ordered, lefts, rights = np.empty(w), np.empty(w), np.empty(w)
    shares, odd = np.arange(1, w + 1) / w, np.arange(1.0, 2 * w, 2)
    expected = (1 + 1 / (n + w)) / 6
    total = float(n + w)
    variance = (total + 1) * (4 * n * w * total - 3 * (n * n + w * w) - 2 * n * w) / (45 * total * total * 4 * n * w)
    cross = 0.0
    for i in range(rows):
        j = min(i, w - 1)
        if i >= w:
            cross -= beyond[least[i - w]]
            j = np.searchsorted(ordered, live[i - w])
            while j + 1 < w and ordered[j + 1] < live[i]:
                ordered[j], lefts[j], rights[j] = ordered[j + 1], lefts[j + 1], rights[j + 1]
                j += 1
        while j > 0 and ordered[j - 1] > live[i]:
            ordered[j], lefts[j], rights[j] = ordered[j - 1], lefts[j - 1], rights[j - 1]
            j -= 1
        ordered[j], lefts[j], rights[j] = live[i], least[i], most[i]
        cross += beyond[least[i]]
        if i + 1 < w:
            continue
        if tied:
            for k in range(w - 1, -1, -1):
                shares[k] = shares[k + 1] if k + 1 < w and ordered[k] == ordered[k + 1] else (k + 1) / w
        pairs, own = _window_sums(lefts, rights, shares, odd)
        both = squares - 2 * cross / w + (float(n) * w * w - pairs) / (w * w) + own
        out[i] = (both * n * w / (total * total) - expected) / np.sqrt(variance)
    return out


@_jit
def _e_cusum(z: Any, lambdas: Any, window: int, horizon: int) -> Any:
    n, k = z.size, lambdas.size
    sums = np.zeros((horizon, k))
    held = 1
    out = np.empty(n)
    for i in range(n):
        if i > 0 and i % window == 0:
            if held == horizon:
                for h in range(horizon - 1):
                    sums[h] = sums[h + 1]
                held -= 1
            sums[held] = 0.0
            held += 1
        for h in range(held):
            for j in range(k):
                sums[h, j] = max(0.0, sums[h, j] + lambdas[j] * z[i] - lambdas[j] * lambdas[j] / 2)
        top = sums[0].max()
        out[i] = top + np.log(np.exp(sums[0] - top).mean())
    return out


@_jit
def _p_values(order: Any, lots: Any) -> Any:
    n = order.size
    tree = np.zeros(n + 1, dtype=np.int64)
    out = np.empty(n)
    for i in range(n):
        less, place = 0, order[i]
        while place > 0:
            less += tree[place]
            place &= place - 1
        out[i] = (i - less + lots[i]) / (i + 1)
        place = order[i] + 1
        while place <= n:
            tree[place] += 1
            place += place & -place
    return out


@_jit
def jumped(p: Any, jump: float) -> Any:
    """Return the logarithm of the jumper martingale after each p-value."""
    out = np.empty(p.size)
    log = 0.0
    wealth = np.full(3, 1.0 / 3.0)
    for i in range(p.size):
        whole = wealth.sum()
        for k in range(3):
            wealth[k] = ((1 - jump) * wealth[k] + jump / 3 * whole) * (1 + (k - 1) * (p[i] - 0.5))
        whole = wealth.sum()
        log += np.log(whole)
        for k in range(3):
            wealth[k] /= whole
        out[i] = log
    return out
