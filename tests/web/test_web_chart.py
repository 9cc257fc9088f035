"""The curve stays in its square, whatever the figures."""

from __future__ import annotations

import math

from hypothesis import example, given
from hypothesis import strategies as st

from holdtrue.web.chart import chart_of, estimate_chart
from holdtrue.workspace import EstimatedMetric, EstimateOverview, EstimatePoint


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


def test_estimates_have_a_band_around_them_and_a_ring_where_the_truth_is_known() -> None:
    points = tuple(
        EstimatePoint(
            time=n, rows=250, labelled=0, value=10.0 + n, low=8.0, high=20.0, realised=12.0 if n == 1 else None
        )
        for n in range(3)
    )
    mae = EstimatedMetric(name="mae", unit="USD", value=12.0, low=8.0, high=20.0, realised=None, held=10.0)
    found = EstimateOverview(rows=250, labelled=0, first_time=0, last_time=2, metrics=(mae,), main="mae", points=points)
    drawn = estimate_chart(found)
    assert drawn is not None
    assert drawn.band == "0.0,16.7 50.0,16.7 100.0,16.7 100.0,66.7 50.0,66.7 0.0,66.7"
    assert (drawn.truth, drawn.held, drawn.level) == (((50.0, 50.0),), 58.3, "10 USD")
    assert "known by labels in 1 of them" in drawn.label
    assert estimate_chart(EstimateOverview(**{**_fields(found), "points": points[:1]})) is None


def _fields(found: EstimateOverview) -> dict[str, object]:
    return {name: getattr(found, name) for name in found.__struct_fields__}
