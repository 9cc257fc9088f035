"""The curve of the error, beside baseline's, and of what it is estimated to be, as coordinates of an inline SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from holdtrue.web.wording import with_unit
from holdtrue.workspace import EstimatedMetric, EstimateOverview

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
    first, last = with_unit(values[0], unit), with_unit(values[-1], unit)
    label = f"Error in {len(values)} blocks of labelled rows, oldest first: from {first} to {last}"
    if level is None:
        return Chart(points=points, baseline=None, level="", label=label)
    said = with_unit(level, unit)
    return Chart(
        points=points, baseline=round(_height(level, top), 1), level=said, label=f"{label}; in the baseline {said}"
    )


class EstimateChart(Struct, frozen=True, kw_only=True):
    """Estimates of a metric window by window, in a square of 100 x 100, origin at the top left.

    Attributes:
        band: the outline of the intervals, `x,y x,y ...`. line: the estimates, the same. truth: x and y of what labels
            say, where enough came. held: y of the metric on held rows; None if not known. level: that, with its unit.
        label: all of it in a sentence.
    """

    band: str
    line: str
    truth: tuple[tuple[float, float], ...]
    held: float | None
    level: str
    label: str


def estimate_chart(found: EstimateOverview) -> EstimateChart | None:
    """Return the curve of the main metric's estimates; None for fewer than two windows. The scale begins at 0."""
    points = found.points
    main = next((each for each in found.metrics if each.name == found.main), None)
    if len(points) < 2 or main is None:
        return None
    held = main.held
    seen = [each.realised for each in points if each.realised is not None]
    top = _HEADROOM * max(*(each.high for each in points), *seen, held or 0.0) or 1.0
    step = 100 / (len(points) - 1)
    places = [round(place * step, 2) for place in range(len(points))]
    heights = [(_at(each.low, top), _at(each.value, top), _at(each.high, top)) for each in points]
    upper = [f"{x},{high}" for x, (_, _, high) in zip(places, heights, strict=True)]
    lower = [f"{x},{low}" for x, (low, _, _) in zip(places, heights, strict=True)]
    pairs = zip(places, points, strict=True)
    return EstimateChart(
        band=" ".join([*upper, *reversed(lower)]),
        line=" ".join(f"{x},{middle}" for x, (_, middle, _) in zip(places, heights, strict=True)),
        truth=tuple((x, _at(each.realised, top)) for x, each in pairs if each.realised is not None),
        held=None if held is None else _at(held, top),
        level=with_unit(held, main.unit),
        label=_estimate_label(found, main, len(seen)),
    )


def _estimate_label(found: EstimateOverview, main: EstimatedMetric, known: int) -> str:
    first, last = with_unit(found.points[0].value, main.unit), with_unit(found.points[-1].value, main.unit)
    text = f"{main.name} estimated without labels in {len(found.points)} windows of rows, from {first} to {last}"
    return f"{text}; known by labels in {known} of them"


def _at(value: float, top: float) -> float:
    return round(min(max(_height(value, top), 0.0), 100.0), 1)


def _height(value: float, top: float) -> float:
    return 100 - 100 * value / top
