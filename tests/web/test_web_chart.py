"""The curve stays in its square, whatever the figures."""

from __future__ import annotations

import math

from hypothesis import example, given
from hypothesis import strategies as st

from holdtrue.web.chart import chart_of


@given(
    st.lists(st.floats(min_value=0, max_value=1e300), max_size=200), st.none() | st.floats(min_value=0, max_value=1e300)
)
@example([0.0, 0.0], None)
@example([1.0, math.nan, math.inf, 2.0], math.nan)
def test_points_keep_order_and_stay_inside(series: list[float], baseline: float | None) -> None:
    chart = chart_of(series, baseline, "USD")
    finite = [value for value in series if math.isfinite(value)]
    if len(finite) < 2:
        assert chart is None
        return
    assert chart is not None
    points = [tuple(map(float, point.split(","))) for point in chart.points.split()]
    assert len(points) == len(finite)
    assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in points)
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert chart.baseline is None or 0 <= chart.baseline <= 100


def test_twice_the_error_stands_twice_as_high_and_at_training_s_line_where_equal() -> None:
    chart = chart_of([10.0, 20.0], 20.0, "USD")
    assert chart is not None
    heights = [100 - float(point.split(",")[1]) for point in chart.points.split()]
    assert math.isclose(heights[1], 2 * heights[0], rel_tol=0.01)
    assert chart.baseline is not None
    assert math.isclose(100 - chart.baseline, heights[1], rel_tol=0.01)
