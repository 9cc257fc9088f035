"""The curve of the error, beside baseline's, as coordinates of an inline SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from holdtrue.web.wording import figure

_HEADROOM = 1.2


class Chart(Struct, frozen=True, kw_only=True):
    """A curve in a square of 100 x 100, origin at the top left.

    Attributes:
        points: the curve as `x,y x,y ...`, oldest at x = 0.
        baseline: y of baseline's error; None if it is not known. level: that error, with its unit.
        label: all of it in a sentence, for who does not see it.
    """

    points: str
    baseline: float | None
    level: str
    label: str


def chart_of(series: Sequence[float], baseline: float | None, unit: str) -> Chart | None:
    """Return the curve of an error series; None for fewer than two points.

    The scale begins at 0, so that half as high is half as large.

    Args:
        series: the error of each block of rows, oldest first; what is no number is left out.
        baseline: the error in baseline, in the same unit.

    Example:
        >>> chart_of([5.0, 10.0], 10.0, "USD").points
        '0,58.3 100,16.7'
    """
    values = [value for value in series if math.isfinite(value)]
    if len(values) < 2:
        return None
    level = baseline if baseline is not None and math.isfinite(baseline) else None
    top = _HEADROOM * max(*values, level or 0.0)
    if top <= 0:
        top = 1.0
    step = 100 / (len(values) - 1)
    points = " ".join(f"{i * step:.4g},{_height(value, top):.3g}" for i, value in enumerate(values))
    first, last = figure(values[0], unit), figure(values[-1], unit)
    label = f"Error in {len(values)} blocks of labelled rows, oldest first: from {first} to {last}"
    if level is None:
        return Chart(points=points, baseline=None, level="", label=label)
    said = figure(level, unit)
    return Chart(
        points=points, baseline=round(_height(level, top), 1), level=said, label=f"{label}; in the baseline {said}"
    )


def _height(value: float, top: float) -> float:
    return 100 - 100 * value / top
