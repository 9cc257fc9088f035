"""The single-row call is used where it gives the bits of Booster.predict, and is left alone elsewhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from holdtrue.flavors import LightGBMPredictor
from holdtrue.flavors.matrix import same_predictions
from holdtrue.flavors.single_row import single_row
from holdtrue.foundation import WrongUse

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(300, 4))
BOOSTER = lgb.train({"verbose": -1, "num_threads": 2}, lgb.Dataset(X, X[:, 0] + 5), num_boost_round=10)
LIBRARY = lgb.basic._LIB


class Other:
    """A C library in which one call does something else."""

    def __init__(self, **calls: Any) -> None:
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        return self._calls.get(name) or getattr(LIBRARY, name)


def test_it_is_used_where_it_is_right() -> None:
    fast = single_row(LIBRARY, BOOSTER, 4)
    assert fast is not None
    assert [fast.predict(row) for row in X] == BOOSTER.predict(X).tolist()


@pytest.mark.parametrize(
    ("library", "booster"),
    [
        (None, BOOSTER),
        (LIBRARY, SimpleNamespace(predict=BOOSTER.predict)),
        (SimpleNamespace(), BOOSTER),
        (Other(LGBM_BoosterPredictForMatSingleRowFastInit=lambda *_: -1), BOOSTER),
        (Other(LGBM_BoosterPredictForMatSingleRowFast=lambda *_: -1), BOOSTER),
        (Other(LGBM_BoosterPredictForMatSingleRowFast=lambda *_: 0), BOOSTER),
    ],
    ids=["no library", "no handle", "no calls", "cannot begin", "cannot predict", "predicts something else"],
)
def test_it_is_left_alone_where_it_is_not_there_or_not_right(library: Any, booster: Any) -> None:
    assert single_row(library, booster, 4) is None


def test_without_it_predictions_are_the_same() -> None:
    quick = LightGBMPredictor(BOOSTER.model_to_string())
    slow = LightGBMPredictor(BOOSTER.model_to_string())
    slow._single = None
    for rows in (0, 1, 3, 300):
        assert np.array_equal(quick.predict(X[:rows]), slow.predict(X[:rows]))


def test_a_model_that_changes_when_stored_is_refused_with_the_row() -> None:
    before, after = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0 + 1e-12])
    same_predictions("Ridge", before, after, tolerance=1e-9)
    with pytest.raises(WrongUse, match=r"does not survive storing: row 3 of the sample gave .*3\.0"):
        same_predictions("Ridge", before, after, tolerance=0.0)
