"""Scikit-learn's boosted trees with splits on categories, which shap does not know: by LightGBM's TreeSHAP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from holdtrue.attributions.protocol import Attributions, Matrix
from holdtrue.flavors import Predictor, to_link
from holdtrue.foundation import optional

_KINDS = {"HistGradientBoostingRegressor", "HistGradientBoostingClassifier"}
_PIECE = 2_000
_MISSING = 255  # the code that a missing category gets here; scikit-learn's own codes are below it
_LARGEST = 1e300  # a split between numbers and missing values has an infinite threshold
_CATEGORICAL, _LEFT_IF_MISSING, _NAN_IS_MISSING = 1, 2, 8  # bits of LightGBM's decision_type
_EXACT = 1e-6  # of the largest prediction


class HistogramExplainer:
    """Path-dependent TreeSHAP (Lundberg et al. 2020, algorithm 2) of the same trees, written down for LightGBM.

    Args:
        estimator: a fitted HistGradientBoosting with categories. lightgbm: the module.
    """

    name = "lightgbm-tree"

    def __init__(self, estimator: Any, lightgbm: Any) -> None:
        categories = np.asarray(estimator.is_categorical_)
        # scikit-learn puts the categories first, and codes them again.
        self._columns = np.concatenate([np.flatnonzero(categories), np.flatnonzero(~categories)])
        self._coded = int(categories.sum())
        self._prepare = estimator._preprocessor.transform
        trees = [trees[0] for trees in estimator._predictors]
        alone = sum(float(tree.nodes["value"][0]) for tree in trees if len(tree.nodes) == 1)
        self._base = float(np.ravel(estimator._baseline_prediction)[0]) + alone
        text = "\n".join(_model(trees, len(self._columns)))
        self._booster = lightgbm.Booster(model_str=text)

    def explain(self, X: Matrix) -> Attributions:  # noqa: N803
        """Return values and base of X (n, k)."""
        values, base = np.empty(X.shape), np.empty(len(X))
        for start in range(0, len(X), _PIECE):
            part = slice(start, start + _PIECE)
            rows = np.array(self._prepare(X[part]), dtype=np.float64)
            codes = rows[:, : self._coded]
            codes[np.isnan(codes)] = _MISSING
            found = np.asarray(self._booster.predict(rows, pred_contrib=True))
            values[part, self._columns] = found[:, :-1]
            base[part] = found[:, -1] + self._base
        return Attributions(values=values, base=base)


def histogram_explainer(predictor: Predictor, background: Matrix) -> HistogramExplainer | None:
    """Return the explainer, or None where the model is another, or its values do not add up to its predictions.

    Raises:
        MissingExtra: LightGBM is not installed.
    """
    if not of_histograms(predictor):
        return None
    lightgbm = optional("lightgbm", extra="lightgbm", purpose="explaining boosted trees with categories")
    explainer = HistogramExplainer(getattr(predictor, "estimator", None), lightgbm)
    predicted = to_link(predictor.predict(background), predictor.link)
    off = np.abs(explainer.explain(background).totals() - predicted)
    return explainer if off.max(initial=0.0) <= _EXACT * np.abs(predicted).max(initial=0.0) else None


def of_histograms(predictor: Predictor) -> bool:
    """Return whether the model is a HistGradientBoosting with categories, of a release that keeps its trees so."""
    estimator: Any = getattr(predictor, "estimator", None)
    kept = ("_predictors", "_preprocessor", "_baseline_prediction")
    return (
        type(estimator).__name__ in _KINDS
        and getattr(estimator, "is_categorical_", None) is not None
        and all(getattr(estimator, name, None) is not None for name in kept)
    )


def _model(trees: list[Any], width: int) -> Iterator[str]:
    """Yield the lines of LightGBM's own text of these trees; those without a split are left out."""
    yield "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0"
    yield f"max_feature_idx={width - 1}\nobjective=regression"
    yield f"feature_names={' '.join(f'c{place}' for place in range(width))}"
    yield f"feature_infos={' '.join('none' for _ in range(width))}\n"
    grown = [tree for tree in trees if len(tree.nodes) > 1]
    for number, tree in enumerate(grown):
        yield f"Tree={number}"
        yield from _tree(tree)
        yield "\n"
    yield "end of trees\n"


def _tree(tree: Any) -> Iterator[str]:
    nodes = tree.nodes
    leaf = nodes["is_leaf"].astype(bool)
    # Splits are numbered from 0, leaves from -1 down, both in the order in which they stand.
    place = np.where(leaf, -np.cumsum(leaf), np.cumsum(~leaf) - 1)
    splits, ends = nodes[~leaf], nodes[leaf]
    named = splits["is_categorical"].astype(bool)
    threshold = np.where(named, np.cumsum(named) - 1, np.clip(splits["num_threshold"], -_LARGEST, _LARGEST))
    kind = np.where(named, _CATEGORICAL, 0) | np.where(splits["missing_go_to_left"], _LEFT_IF_MISSING, 0)
    words = np.array(tree.raw_left_cat_bitsets, dtype=np.uint32)[splits["bitset_idx"][named]]
    words[:, -1] |= np.where(splits["missing_go_to_left"][named], np.uint32(1 << 31), np.uint32(0))
    yield f"num_leaves={len(ends)}\nnum_cat={int(named.sum())}"
    for title, values in (
        ("split_feature", splits["feature_idx"]),
        ("split_gain", splits["gain"]),
        ("threshold", threshold),
        ("decision_type", kind | _NAN_IS_MISSING),
        ("left_child", place[splits["left"]]),
        ("right_child", place[splits["right"]]),
        ("leaf_value", ends["value"]),
        ("leaf_weight", ends["count"]),
        ("leaf_count", ends["count"]),
        ("internal_value", splits["value"]),
        ("internal_weight", splits["count"]),
        ("internal_count", splits["count"]),
    ):
        yield f"{title}={_listed(values)}"
    if named.any():
        yield f"cat_boundaries={_listed(np.arange(int(named.sum()) + 1) * words.shape[1])}"
        yield f"cat_threshold={_listed(np.ravel(words))}"
    yield "is_linear=0\nshrinkage=1"


def _listed(values: Any) -> str:
    return " ".join(repr(value) for value in np.asarray(values).tolist())
