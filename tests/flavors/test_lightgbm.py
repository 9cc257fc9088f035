"""LightGBM in and out: the same bits, one row or many, from one thread or eight."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from holdtrue.flavors import LightGBMFlavor, LightGBMPredictor, flavor_of, to_link
from holdtrue.foundation import StoreDamaged, WrongUse

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(600, 5))
X[::9, 2] = np.nan
X[:, 4] = GENERATOR.integers(0, 4, size=600)
Y = np.exp(0.3 * X[:, 0]) + (X[:, 4] == 2) + 0.1 * GENERATOR.normal(size=600) + 2
QUIET = {"verbose": -1, "num_threads": 2}


def trained(**settings: object) -> lgb.LGBMRegressor:
    model = lgb.LGBMRegressor(n_estimators=20, verbose=-1, n_jobs=2, **settings)
    return model.fit(X, Y, categorical_feature=[4])


@pytest.fixture(scope="module")
def predictor() -> LightGBMPredictor:
    flavor = LightGBMFlavor()
    return flavor.load(flavor.save(trained(), X))


@pytest.mark.parametrize(
    "settings",
    [{}, {"objective": "mae"}, {"objective": "poisson"}, {"boosting_type": "dart"}, {"linear_tree": True}],
)
def test_regressors_predict_the_same_bits_after_loading(settings: dict[str, object]) -> None:
    model = trained(**settings)
    loaded = LightGBMFlavor().load(LightGBMFlavor().save(model, X[:50]))
    assert np.array_equal(loaded.predict(X), model.predict(X))


def test_booster_and_classifier_predict_the_same_bits_after_loading() -> None:
    flavor = LightGBMFlavor()
    booster = lgb.train(QUIET, lgb.Dataset(X, Y), num_boost_round=10)
    assert np.array_equal(flavor.load(flavor.save(booster, X)).predict(X), booster.predict(X))
    classifier = lgb.LGBMClassifier(n_estimators=10, verbose=-1, n_jobs=2).fit(X, Y > 3)
    loaded = flavor.load(flavor.save(classifier, X))
    assert np.array_equal(loaded.predict(X), classifier.predict_proba(X)[:, 1])
    assert loaded.describe().kind == "LGBMClassifier"
    assert loaded.link == "logit"


def test_early_stopping_keeps_the_best_iteration_only() -> None:
    model = lgb.LGBMRegressor(n_estimators=300, learning_rate=0.3, verbose=-1, n_jobs=2)
    noise = GENERATOR.normal(size=100)
    model.fit(X[:500], Y[:500], eval_X=X[500:], eval_y=noise, callbacks=[lgb.early_stopping(3, verbose=False)])
    loaded = LightGBMFlavor().load(LightGBMFlavor().save(model, X))
    assert loaded.describe().details["trees"] == model.best_iteration_ < 300
    assert np.array_equal(loaded.predict(X), model.predict(X))


def test_one_row_gets_the_bits_it_gets_in_a_batch(predictor: LightGBMPredictor) -> None:
    batch = predictor.predict(X)
    assert np.array_equal(np.array([predictor.predict(X[i : i + 1])[0] for i in range(len(X))]), batch)
    fortran = np.asfortranarray(X)
    assert np.array_equal(predictor.predict(fortran[3:4]), batch[3:4])
    assert np.array_equal(predictor.predict(fortran), batch)
    assert predictor.predict(X[:0]).shape == (0,)


def test_the_fast_way_is_in_use(predictor: LightGBMPredictor) -> None:
    assert predictor._single is not None  # else each request costs 22 µs instead of 5: LightGBM's C interface moved


def test_threads_may_share_a_predictor(predictor: LightGBMPredictor) -> None:
    batch = predictor.predict(X)

    def go_through(start: int) -> bool:
        rows = np.roll(np.arange(len(X)), start)
        return all(predictor.predict(X[i : i + 1])[0] == batch[i] for i in rows)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(go_through, range(0, 400, 50)))


@pytest.mark.parametrize(
    ("settings", "link"),
    [
        ({"objective": "regression"}, "identity"),
        ({"objective": "regression", "reg_sqrt": True}, "signed-root"),
        ({"objective": "poisson"}, "log"),
        ({"objective": "gamma"}, "log"),
        ({"objective": "tweedie"}, "log"),
        ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "identity"),
    ],
)
def test_contributions_add_up_to_the_prediction_in_the_unit_of_the_link(settings: dict[str, object], link: str) -> None:
    booster = lgb.train({**QUIET, **settings}, lgb.Dataset(X, Y), num_boost_round=10)
    loaded = LightGBMFlavor().load(LightGBMFlavor().save(booster, X))
    found = loaded.contributions(X)
    assert loaded.link == link
    assert found is not None
    assert np.allclose(found[0].sum(axis=1) + found[1], to_link(loaded.predict(X), loaded.link))


def test_binary_contributions_are_log_odds_whatever_the_sigmoid() -> None:
    booster = lgb.train({**QUIET, "objective": "binary", "sigmoid": 2.0}, lgb.Dataset(X, Y > 3), num_boost_round=10)
    loaded = LightGBMFlavor().load(LightGBMFlavor().save(booster, X))
    found = loaded.contributions(X)
    assert found is not None
    assert np.allclose(found[0].sum(axis=1) + found[1], to_link(loaded.predict(X), "logit"))


def test_linear_trees_say_that_they_have_no_contributions() -> None:
    loaded = LightGBMFlavor().load(LightGBMFlavor().save(trained(linear_tree=True), X))
    assert loaded.contributions(X) is None


def many_classes() -> lgb.Booster:
    return lgb.train({**QUIET, "objective": "multiclass", "num_class": 4}, lgb.Dataset(X, X[:, 4]), 2)


def on_pandas_categories() -> lgb.LGBMRegressor:
    frame = pd.DataFrame({"a": X[:, 0], "kind": pd.Categorical(X[:, 4].astype(str))})
    return lgb.LGBMRegressor(n_estimators=3, verbose=-1).fit(frame, Y)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (lambda: lgb.LGBMRegressor(), "not fitted"),
        (lambda: lgb.LGBMClassifier(n_estimators=3, verbose=-1).fit(X, X[:, 4]), "knows 4 classes"),
        (many_classes, "several"),
        (on_pandas_categories, "pandas categories"),
        (lambda: lgb.LGBMRegressor(n_estimators=3, verbose=-1).fit(X[:, :3], Y), "takes 3 columns.* 600 x 5"),
    ],
)
def test_what_cannot_be_served_is_refused_with_the_reason(model: object, words: str) -> None:
    with pytest.raises(WrongUse, match=words):
        LightGBMFlavor().save(model(), X)  # type: ignore[operator]


def test_matrices_of_another_width_are_refused(predictor: LightGBMPredictor) -> None:
    for wrong in (X[:1, :1], X[:1, :4], X[:20, :4], X[0]):
        with pytest.raises(WrongUse, match="takes 5 columns"):
            predictor.predict(wrong)


def test_damaged_files_are_reported_as_such() -> None:
    flavor = LightGBMFlavor()
    with pytest.raises(StoreDamaged, match="lacks the file"):
        flavor.load({})
    with pytest.raises(StoreDamaged, match="no LightGBM model"):
        flavor.load({"model.txt": b"house prices"})


def test_the_flavor_is_found_by_the_object() -> None:
    assert flavor_of(trained()).name == "lightgbm"


def edited(text: str, key: str, change: Callable[[list[str]], list[str]]) -> bytes:
    """Change one line of the first tree, and give back a text of the same length."""
    head, tree, rest = text.partition("\nTree=0\n")
    before = next(line for line in rest.splitlines() if line.startswith(f"{key}="))
    after = f"{key}={' '.join(change(before.removeprefix(f'{key}=').split()))}"
    assert len(after) == len(before)
    return (head + tree + rest.replace(before, after, 1)).encode()


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("split_feature", lambda words: ["9", *words[1:]]),  # no such feature
        ("left_child", lambda words: ["0", *words[1:]]),  # a node that leads to itself: it would never end
        ("right_child", lambda words: [("9" if len(words[0]) == 1 else "99"), *words[1:]]),
        ("leaf_value", lambda words: ["0" * (len(words[0]) + 1 + len(words[1])), *words[2:]]),
        ("decision_type", lambda words: ["3", *words[1:]]),  # a set of categories that is not there
    ],
)
def test_a_text_that_would_lead_out_of_its_trees_is_never_given_to_lightgbm(
    key: str, change: Callable[[list[str]], list[str]]
) -> None:
    flavor = LightGBMFlavor()
    plain = lgb.LGBMRegressor(n_estimators=2, num_leaves=4, verbose=-1, n_jobs=1).fit(X, Y)
    text = flavor.save(plain, X)["model.txt"].decode()
    with pytest.raises(StoreDamaged, match="no LightGBM model"):
        flavor.load({"model.txt": edited(text, key, change)})


@pytest.mark.parametrize(
    "settings", [{}, {"linear_tree": True}, {"boosting_type": "rf", "subsample_freq": 1, "subsample": 0.5}]
)
def test_a_text_cut_anywhere_is_damaged_and_the_process_lives(settings: dict[str, object]) -> None:
    flavor = LightGBMFlavor()
    body = flavor.save(trained(**settings), X)["model.txt"]
    end = body.index(b"end of trees")
    for length in range(0, end, 997):
        with pytest.raises(StoreDamaged):
            flavor.load({"model.txt": body[:length]})
    with pytest.raises(StoreDamaged, match="is no text"):
        flavor.load({"model.txt": body[:500] + b"\xff" + body[501:]})
