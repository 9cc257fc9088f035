"""Scikit-learn in and out, without a pickle."""

from __future__ import annotations

import functools
import io
import sys
import types
import zipfile
from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import sklearn.ensemble
import skops.io
from scipy import stats
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import Birch
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingRegressor,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_selection import RFE, SelectFromModel, SelectKBest, mutual_info_regression, r_regression
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import DotProduct, RationalQuadratic, WhiteKernel
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    HuberRegressor,
    Lasso,
    LassoCV,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    RidgeCV,
    SGDRegressor,
    TweedieRegressor,
)
from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV, TunedThresholdClassifierCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import SVC, SVR, LinearSVC, NuSVR
from sklearn.tree import DecisionTreeRegressor

from holdtrue.flavors import SklearnFlavor, flavor_named, flavor_of, require_storable
from holdtrue.foundation import MissingExtra, StoreDamaged, WrongUse

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(200, 4))
X[:, 3] = GENERATOR.integers(0, 4, 200)  # codes, as the encoder gives categories
Y = np.abs(X[:, 0]) + 0.2 * X[:, 3] + 0.1 * GENERATOR.normal(size=200) + 1


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


def by_column(category: Any) -> ColumnTransformer:
    """Numbers are filled and scaled, the category is encoded."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    return ColumnTransformer([("numbers", numbers, [0, 1, 2]), ("category", category, [3])])


REGRESSORS: list[Any] = [
    LinearRegression(),
    Ridge(),
    RidgeCV(),
    Lasso(0.01),
    LassoCV(cv=3),
    ElasticNet(0.01),
    HuberRegressor(),
    QuantileRegressor(),
    SGDRegressor(),
    PoissonRegressor(),
    TweedieRegressor(power=1.5),
    TweedieRegressor(power=1.5, link="identity"),
    SVR(),
    NuSVR(),
    KNeighborsRegressor(),
    KNeighborsRegressor(metric="chebyshev", algorithm="ball_tree", weights="distance"),
    GaussianProcessRegressor(RationalQuadratic() + DotProduct() + WhiteKernel()),
    MLPRegressor(hidden_layer_sizes=(4,), max_iter=200, random_state=0, tol=1.0),
    MLPRegressor(hidden_layer_sizes=(4,), solver="sgd", max_iter=200, random_state=0, tol=1.0),
    DecisionTreeRegressor(max_depth=3),
    RandomForestRegressor(5, random_state=0, n_jobs=-1),
    ExtraTreesRegressor(5, random_state=0),
    GradientBoostingRegressor(n_estimators=5),
    GradientBoostingRegressor(n_estimators=5, loss="quantile"),
    HistGradientBoostingRegressor(max_iter=5),
    HistGradientBoostingRegressor(max_iter=5, categorical_features=[3]),
    HistGradientBoostingRegressor(max_iter=5, categorical_features=[3], loss="poisson"),
    HistGradientBoostingRegressor(max_iter=5, early_stopping=True, scoring="neg_mean_absolute_error"),
    AdaBoostRegressor(n_estimators=5, random_state=0),
    BaggingRegressor(n_estimators=3, random_state=0),
    VotingRegressor([("line", Ridge()), ("forest", RandomForestRegressor(5, n_jobs=2))]),
    StackingRegressor([("line", Ridge()), ("tree", DecisionTreeRegressor(max_depth=3))]),
    GridSearchCV(Ridge(), {"alpha": [0.1, 1]}, cv=KFold(3), scoring="neg_mean_absolute_error"),
    RandomizedSearchCV(Ridge(), {"alpha": stats.loguniform(0.1, 10)}, n_iter=3, cv=3, random_state=0),
    make_pipeline(StandardScaler(), GridSearchCV(Ridge(), {"alpha": [0.1, 1]}, scoring="r2")),
    RFE(Ridge(), n_features_to_select=2),
    TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1),
    TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=20)),
    make_pipeline(SimpleImputer(), StandardScaler(), Ridge()),
    make_pipeline(by_column(OneHotEncoder(handle_unknown="ignore")), Ridge()),
    make_pipeline(by_column(TargetEncoder()), Ridge()),
    make_pipeline(by_column(OrdinalEncoder()), HistGradientBoostingRegressor(max_iter=5, categorical_features=[3])),
    make_pipeline(FunctionTransformer(np.exp), Ridge()),
    make_pipeline(KBinsDiscretizer(4), Ridge()),
    make_pipeline(SplineTransformer(), Ridge()),
    make_pipeline(PolynomialFeatures(), RobustScaler(), Ridge()),
    make_pipeline(PowerTransformer(), KNNImputer(), Ridge()),
    make_pipeline(IterativeImputer(max_iter=2), Ridge()),
    make_pipeline(make_union(StandardScaler(), QuantileTransformer(n_quantiles=20)), Ridge()),
    make_pipeline(SelectKBest(r_regression, k=2), Ridge()),
    make_pipeline(SelectKBest(mutual_info_regression, k=2), SelectFromModel(Lasso(0.01)), Ridge()),
]

CLASSIFIERS: list[Any] = [
    LogisticRegression(),
    GaussianNB(),
    KNeighborsClassifier(),
    MLPClassifier(hidden_layer_sizes=(4,), max_iter=200, random_state=0, tol=1.0),
    RandomForestClassifier(5, random_state=0),
    GradientBoostingClassifier(n_estimators=5),
    GradientBoostingClassifier(n_estimators=5, loss="exponential"),
    HistGradientBoostingClassifier(max_iter=5),
    HistGradientBoostingClassifier(max_iter=5, categorical_features=[3]),
    CalibratedClassifierCV(LinearSVC(), cv=3),
    CalibratedClassifierCV(RandomForestClassifier(5, random_state=0), method="isotonic", cv=3),
    VotingClassifier([("line", LogisticRegression()), ("bayes", GaussianNB())], voting="soft"),
    StackingClassifier([("line", LogisticRegression()), ("bayes", GaussianNB())], cv=3),
    GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=3, scoring="roc_auc"),
    TunedThresholdClassifierCV(LogisticRegression(), cv=3),
    make_pipeline(by_column(OneHotEncoder(handle_unknown="ignore")), LogisticRegression()),
]


@pytest.mark.filterwarnings("ignore:Solver terminated early", "ignore:.*did not converge", "ignore:n_quantiles")
@pytest.mark.parametrize("model", REGRESSORS, ids=repr)
def test_regressors_predict_the_same_after_loading(model: Any) -> None:
    model = clone(model).fit(X, Y)
    flavor = flavor_of(model)
    loaded = flavor.load(flavor.save(model, X))
    assert flavor.name == "sklearn"
    assert np.allclose(loaded.predict(X), model.predict(X), rtol=1e-12)
    assert loaded.predict(X[:0]).shape == (0,)
    with pytest.raises(WrongUse, match="takes 4 columns"):
        loaded.predict(X[:, :3])


@pytest.mark.parametrize("model", CLASSIFIERS, ids=repr)
def test_classifiers_give_the_probability_of_the_second_class(model: Any) -> None:
    model = clone(model).fit(X, Y > 2)
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


def test_a_function_bound_by_partial_is_refused_unless_it_is_trusted_itself() -> None:
    model = make_pipeline(FunctionTransformer(functools.partial(np.array, dtype=float)), Ridge()).fit(X, Y)
    with pytest.raises(WrongUse, match=r"not trusted: numpy\.array "):
        SklearnFlavor().save(model, X)


def test_what_skops_has_no_form_for_is_refused_with_its_words() -> None:
    with pytest.raises(WrongUse, match=r"cannot store this Pipeline: .*Birch"):
        SklearnFlavor().save(make_pipeline(Birch(n_clusters=2), Ridge()).fit(X, Y), X)


def test_threads_are_taken_from_every_member() -> None:
    model = VotingRegressor([("forest", RandomForestRegressor(3, n_jobs=2))], n_jobs=2).fit(X, Y)
    loaded: Any = SklearnFlavor().load(SklearnFlavor().save(model, X))
    assert loaded.estimator.n_jobs == loaded.estimator.estimators_[0].n_jobs == 1


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


def train_with(**names: Any) -> Callable[..., Any]:
    """Return a training function of a module that has imported these names."""
    return types.FunctionType(twice.__code__, names)


def test_a_missing_skops_is_told_before_the_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    require_storable(train_with(Ridge=Ridge))
    monkeypatch.setitem(sys.modules, "skops.io", None)
    monkeypatch.setitem(sys.modules, "skops", None)
    for names in ({"Ridge": Ridge}, {"ensemble": sklearn.ensemble}):
        with pytest.raises(MissingExtra, match="keeping a scikit-learn model needs the library skops"):
            require_storable(train_with(**names))
    require_storable(train_with(np=np, OneHotEncoder=OneHotEncoder))  # it does not predict: nothing to keep
    require_storable(train_with(lightgbm=lightgbm, Ridge=Ridge))  # which of the two comes back is not known yet
