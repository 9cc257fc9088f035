"""Scikit-learn in and out, without a pickle."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, SVR

from holdtrue.flavors import SklearnFlavor, flavor_named, flavor_of
from holdtrue.foundation import StoreDamaged, WrongUse

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(200, 4))
Y = np.abs(X[:, 0]) + 0.1 * GENERATOR.normal(size=200) + 1


class OwnRegressor(RegressorMixin, BaseEstimator):
    """A class of the project's own, which loading would have to import."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> OwnRegressor:  # noqa: N803
        self.n_features_in_ = X.shape[1]
        self.mean_ = float(y.mean())
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        return np.full(len(X), self.mean_)


def twice(values: np.ndarray) -> np.ndarray:
    return values * 2


@pytest.mark.parametrize(
    "make",
    [
        LinearRegression,
        Ridge,
        PoissonRegressor,
        SVR,
        KNeighborsRegressor,
        lambda: MLPRegressor(hidden_layer_sizes=(4,), max_iter=200, random_state=0, tol=1.0),
        lambda: RandomForestRegressor(5, random_state=0, n_jobs=-1),
        lambda: GradientBoostingRegressor(n_estimators=5),
        lambda: HistGradientBoostingRegressor(max_iter=5),
        lambda: make_pipeline(SimpleImputer(), StandardScaler(), Ridge()),
        lambda: make_pipeline(FunctionTransformer(np.exp), Ridge()),
        lambda: TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1),
    ],
)
def test_regressors_predict_the_same_after_loading(make: Callable[[], Any]) -> None:
    model = make().fit(X, Y)
    flavor = flavor_of(model)
    loaded = flavor.load(flavor.save(model, X))
    assert flavor.name == "sklearn"
    assert np.allclose(loaded.predict(X), model.predict(X), rtol=1e-12)
    assert loaded.predict(X[:0]).shape == (0,)
    with pytest.raises(WrongUse, match="takes 4 columns"):
        loaded.predict(X[:, :3])


@pytest.mark.parametrize("make", [LogisticRegression, lambda: RandomForestClassifier(5, random_state=0)])
def test_classifiers_give_the_probability_of_the_second_class(make: Callable[[], Any]) -> None:
    model = make().fit(X, Y > 2)
    loaded = SklearnFlavor().load(SklearnFlavor().save(model, X))
    assert np.allclose(loaded.predict(X), model.predict_proba(X)[:, 1], rtol=1e-12)


def test_a_model_fitted_on_named_columns_predicts_from_the_matrix_without_a_warning(recwarn: Any) -> None:
    model = Ridge().fit(pd.DataFrame(X, columns=list("abcd")), Y)
    files = SklearnFlavor().save(model, X)
    recwarn.clear()
    loaded = SklearnFlavor().load(files)
    assert np.array_equal(loaded.predict(X[:1]), loaded.predict(X)[:1])
    assert not recwarn.list


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: OwnRegressor().fit(X, Y), "OwnRegressor"),
        (lambda: make_pipeline(FunctionTransformer(twice), Ridge()).fit(X, Y), "twice"),
    ],
)
def test_types_that_loading_would_have_to_run_are_refused_by_name(make: Callable[[], Any], name: str) -> None:
    with pytest.raises(WrongUse, match=f"not trusted: .*{name}"):
        SklearnFlavor().save(make(), X)


def test_a_stranger_in_a_stored_file_is_refused_before_it_is_built() -> None:
    body = skops.io.dumps(OwnRegressor().fit(X, Y))
    with pytest.raises(WrongUse, match="OwnRegressor"):
        SklearnFlavor().load({"model.skops": body})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (Ridge, "not fitted"),
        (lambda: SVC().fit(X, Y > 2), "no probabilities"),
        (lambda: LogisticRegression().fit(X, np.arange(200) % 3), "knows 3 classes"),
        (lambda: Ridge().fit(X, np.stack([Y, Y], axis=1)), "one number a row"),
        (
            lambda: make_pipeline(ColumnTransformer([("n", StandardScaler(), ["a"])]), Ridge()).fit(
                pd.DataFrame(X, columns=list("abcd")), Y
            ),
            "cannot predict from train.X",
        ),
    ],
)
def test_what_cannot_be_served_is_refused_with_the_reason(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(WrongUse, match=words):
        SklearnFlavor().save(make(), X)


def test_damaged_files_are_reported_as_such() -> None:
    with pytest.raises(StoreDamaged, match="no skops file"):
        SklearnFlavor().load({"model.skops": b"house prices"})


@pytest.mark.parametrize(
    "schema", ["[]", "null", '"text"', "{}", '{"protocol": 2}', '{"__loader__": "Nothing"}', "[" * 5_000]
)
def test_a_file_of_another_form_is_damaged_whatever_skops_makes_of_it(schema: str) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("schema.json", schema)
    with pytest.raises(StoreDamaged, match=r"model\.skops"):
        SklearnFlavor().load({"model.skops": body.getvalue()})


def test_what_is_stored_must_be_a_model() -> None:
    with pytest.raises(StoreDamaged, match="holds a dict, which is no model"):
        SklearnFlavor().load({"model.skops": skops.io.dumps({"a": 1})})


def test_an_estimator_without_a_flavor_is_answered_with_the_list() -> None:
    with pytest.raises(WrongUse, match=r"model\.py:31 returned a .*Fraction.*lightgbm \(Booster.*sklearn \(regressors"):
        flavor_of(__import__("fractions").Fraction(1, 2), where="fit in model.py:31")
    with pytest.raises(WrongUse, match="fit returned nothing"):
        flavor_of(None, where="fit")
    with pytest.raises(WrongUse, match="there are lightgbm, sklearn"):
        flavor_named("xgboost")
