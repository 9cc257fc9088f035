"""Each explainer's values and base make the prediction, and each row is explained by itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, PolynomialFeatures, RobustScaler, StandardScaler

from holdtrue.attributions import (
    LinearExplainer,
    PermutationExplainer,
    explainer_for,
    mean_absolute,
    missing_library,
    shares,
)
from holdtrue.flavors import flavor_of, to_link
from holdtrue.foundation import MissingExtra, WrongUse

GENERATOR = np.random.default_rng(1)
X = GENERATOR.normal(size=(150, 4))
X[:, 3] = GENERATOR.integers(0, 4, 150)
Y = 2 * X[:, 0] + X[:, 1] ** 2 + 3


def boosted(**settings: Any) -> Any:
    return lgb.LGBMRegressor(n_estimators=10, verbose=-1, n_jobs=2, **settings)


CASES: list[tuple[Callable[[], Any], str]] = [
    (boosted, "lightgbm-native"),
    (lambda: boosted(objective="poisson"), "lightgbm-native"),
    (lambda: boosted(linear_tree=True), "permutation"),
    (LinearRegression, "linear"),
    (lambda: Lasso(0.1), "linear"),
    (lambda: make_pipeline(StandardScaler(), MinMaxScaler(), RobustScaler(), MaxAbsScaler(), Lasso(0.01)), "linear"),
    (lambda: make_pipeline(StandardScaler(with_mean=False), LinearRegression()), "linear"),
    (PoissonRegressor, "permutation"),
    (lambda: make_pipeline(PolynomialFeatures(), LinearRegression()), "permutation"),
    (lambda: RandomForestRegressor(5, random_state=0), "shap-tree"),
    (lambda: ExtraTreesRegressor(5, random_state=0), "shap-tree"),
    (lambda: GradientBoostingRegressor(n_estimators=5), "shap-tree"),
    (lambda: HistGradientBoostingRegressor(max_iter=5), "shap-tree"),
    (lambda: HistGradientBoostingRegressor(max_iter=5, loss="poisson"), "shap-tree"),  # in logarithms
    (lambda: HistGradientBoostingRegressor(max_iter=5, categorical_features=[3]), "permutation"),
    (KNeighborsRegressor, "permutation"),
]


@pytest.mark.parametrize(("make", "name"), CASES)
def test_values_and_base_make_the_prediction(make: Callable[[], Any], name: str) -> None:
    model = make().fit(X, np.exp(0.3 * Y))
    flavor = flavor_of(model)
    predictor = flavor.load(flavor.save(model, X))
    explainer = explainer_for(flavor.name, predictor, X[:40])
    explained = explainer.explain(X[:60])
    assert explainer.name == name
    assert explained.values.shape == (60, 4)
    assert np.allclose(explained.totals(), to_link(predictor.predict(X[:60]), predictor.link), rtol=1e-6)
    alone = explainer.explain(X[7:8])
    assert np.allclose(alone.values[0], explained.values[7], rtol=1e-12, atol=1e-12)
    assert explainer.explain(X[:0]).values.shape == (0, 4)


@pytest.mark.parametrize(
    ("make", "name"),
    [(lambda: RandomForestClassifier(5, random_state=0), "shap-tree"), (LogisticRegression, "permutation")],
)
def test_of_a_classifier_the_probability_is_explained(make: Callable[[], Any], name: str) -> None:
    model = make().fit(X, Y > 4)
    flavor = flavor_of(model)
    predictor = flavor.load(flavor.save(model, X))
    explainer = explainer_for(flavor.name, predictor, X[:40])
    assert explainer.name == name
    assert np.allclose(explainer.explain(X[:30]).totals(), model.predict_proba(X[:30])[:, 1], rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "name", "link"),
    [
        (lambda: GradientBoostingClassifier(n_estimators=9), "shap-tree", "logit"),
        (lambda: HistGradientBoostingClassifier(max_iter=9), "shap-tree", "logit"),
        (lambda: HistGradientBoostingClassifier(max_iter=9, categorical_features=[3]), "permutation", "logit"),
        (lambda: GradientBoostingClassifier(n_estimators=9, loss="exponential"), "permutation", "identity"),
        (lambda: lgb.LGBMClassifier(n_estimators=9, linear_tree=True, verbose=-1), "permutation", "logit"),
    ],
)
def test_of_boosted_classifiers_the_log_odds_are_explained(make: Callable[[], Any], name: str, link: Any) -> None:
    model = make().fit(X, Y > 4)
    flavor = flavor_of(model)
    predictor = flavor.load(flavor.save(model, X))
    explainer = explainer_for(flavor.name, predictor, X[:40])
    assert (explainer.name, predictor.link, predictor.describe().link) == (name, link, link)
    assert np.allclose(explainer.explain(X[:30]).totals(), to_link(predictor.predict(X[:30]), link), rtol=1e-6)


def test_without_shap_trees_are_explained_by_orders_and_the_command_is_named(monkeypatch: Any) -> None:
    flavor = flavor_of(model := RandomForestRegressor(5, random_state=0).fit(X, Y))
    predictor = flavor.load(flavor.save(model, X))
    assert missing_library(predictor) == ""
    assert explainer_for(flavor, predictor, X, kept="permutation").name == "permutation"  # as it was registered
    monkeypatch.setitem(sys.modules, "shap", None)
    assert missing_library(predictor) == "pip install 'holdtrue[shap]'"
    assert explainer_for(flavor, predictor, X).name == "permutation"
    with pytest.raises(MissingExtra, match="shap"):
        explainer_for(flavor, predictor, X, kept="shap-tree")
    line = Lasso(0.1).fit(X, Y)
    assert missing_library(flavor.load(flavor.save(line, X))) == ""


def test_orders_are_asked_in_few_calls() -> None:
    calls: list[int] = []

    def predict(rows: np.ndarray) -> np.ndarray:
        calls.append(len(rows))
        return rows.sum(axis=1)

    explainer = PermutationExplainer(Formula(predict), X[:50])
    calls.clear()
    explainer.explain(np.tile(X, (2, 1)))
    assert len(calls) == 4  # two pieces of rows, each one call for the rows themselves and one for their mixtures
    assert sum(calls) == 300 + 300 * 12 * 50  # five orders forth and back have 12 sets of 4 features, not 30


def test_missing_values_are_explained_too() -> None:
    holed = np.where(GENERATOR.random(X.shape) < 0.1, np.nan, X)
    for model in (boosted(), HistGradientBoostingRegressor(max_iter=5), boosted(linear_tree=True)):
        flavor = flavor_of(model.fit(holed, Y))
        predictor = flavor.load(flavor.save(model, holed))
        explained = explainer_for(flavor.name, predictor, holed[:40]).explain(holed[:20])
        assert np.allclose(explained.totals(), predictor.predict(holed[:20]))


class Formula:
    """A predictor whose Shapley values are known: a sum of functions of one feature each, or a product."""

    link = "identity"

    def __init__(self, predict: Callable[[np.ndarray], np.ndarray]) -> None:
        self.predict = predict

    def contributions(self, X: np.ndarray) -> None:  # noqa: N803
        return None

    def describe(self) -> Any:
        return None


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=4), st.lists(st.floats(-5, 5), min_size=4, max_size=4))
@settings(max_examples=40, deadline=None)
def test_orders_give_the_closed_form_of_a_linear_model(coefficients: list[float], row: list[float]) -> None:
    coef = np.array(coefficients)
    sampled = PermutationExplainer(Formula(lambda m: m @ coef + 1.5), X[:20], pairs=1)
    closed = LinearExplainer(coef, 1.5, X[:20])
    one = np.array([row])
    assert np.allclose(sampled.explain(one).values, closed.explain(one).values, atol=1e-9)
    assert np.allclose(sampled.explain(one).base, closed.explain(one).base, atol=1e-9)


def test_a_product_is_shared_between_its_two_features() -> None:
    explainer = PermutationExplainer(Formula(lambda m: m[:, 0] * m[:, 1]), np.zeros((5, 3)))
    values = explainer.explain(np.array([[2.0, 3.0, 9.0]])).values[0]
    assert np.allclose(values, [3.0, 3.0, 0.0])  # forth and back, so exactly halves


def test_one_feature_has_all_there_is() -> None:
    explainer = PermutationExplainer(Formula(lambda m: m[:, 0] * 2), np.array([[1.0], [3.0]]))
    explained = explainer.explain(np.array([[5.0]]))
    assert explained.values.tolist() == [[6.0]]
    assert explained.base.tolist() == [4.0]


def test_explaining_leaves_the_global_generator_alone() -> None:
    np.random.seed(3)
    before = np.random.get_state()[1].tolist()
    PermutationExplainer(Formula(lambda m: m.sum(axis=1)), X[:10]).explain(X[:3])
    assert np.random.get_state()[1].tolist() == before


def test_long_batches_are_done_in_pieces_that_join() -> None:
    flavor = flavor_of(model := boosted().fit(X, Y))
    predictor = flavor.load(flavor.save(model, X))
    explainer = explainer_for(flavor.name, predictor, X)
    many = np.tile(X, (15, 1))  # 2,250 rows: one whole piece and a part
    explained = explainer.explain(many)
    assert np.allclose(explained.values, np.tile(explainer.explain(X).values, (15, 1)))


def test_no_background_is_refused() -> None:
    with pytest.raises(WrongUse, match="background"):
        explainer_for("x", Formula(lambda m: m[:, 0]), np.empty((0, 4)))


def test_shares_sum_to_one_and_follow_the_coefficients() -> None:
    explained = LinearExplainer(np.array([3.0, -1.0, 0.0, 0.0]), 0.0, np.zeros((1, 4))).explain(np.ones((5, 4)))
    assert shares(explained).tolist() == [0.75, 0.25, 0.0, 0.0]
    assert mean_absolute(explained).tolist() == [3.0, 1.0, 0.0, 0.0]
