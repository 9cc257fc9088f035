"""Plain figures beside the alarms: reasons, errors."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from holdtrue.foundation import WrongUse
from holdtrue.monitors import ErrorSummary, ndcg, reason_summary
from holdtrue.profiles import build_baseline


def test_reasons_are_compared_by_mean_size_and_order() -> None:
    live = np.array([[1.0, -8.0, 0.0], [-3.0, 8.0, 0.0]])
    summary = reason_summary({"area": 9.0, "garage": 1.0, "lot": 0.0}, live)
    assert summary.live == {"area": 2.0, "garage": 8.0, "lot": 0.0}
    assert summary.ndcg == pytest.approx((1 + 9 / np.log2(3)) / (9 + 1 / np.log2(3)))
    assert reason_summary(summary.baseline, {"area": live[:, 0], "garage": live[:, 1], "lot": live[:, 2]}) == summary
    assert ndcg({"a": 0.0}, {"a": 3.0}) == 1.0
    with pytest.raises(WrongUse, match="do not fit"):
        reason_summary({"area": 1.0}, live)


def test_errors_are_summed_the_same_in_any_batches() -> None:
    rng = np.random.default_rng(0)
    labels = rng.normal(size=50)
    baseline = build_baseline(pl.DataFrame({"x": labels}), predictions=labels + 0.5, labels=labels)
    begun = ErrorSummary.begin(baseline)
    assert begun.reference_bias == pytest.approx(0.5) and begun.mae is None and begun.last_mae is None
    errors = rng.normal(size=250).tolist()
    whole, parts = begun.add(errors), begun.add(errors[:7]).add(errors[7:180]).add(errors[180:])
    assert whole == parts
    assert whole.mae == pytest.approx(np.abs(errors).mean())
    assert whole.last_mae == pytest.approx(np.abs(errors[-100:]).mean())
    assert whole.last_bias == pytest.approx(np.mean(errors[-100:]))
