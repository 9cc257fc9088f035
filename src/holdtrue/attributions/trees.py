"""Scikit-learn's trees, forests and boosted trees, by shap's TreeExplainer."""

from __future__ import annotations

from typing import Any

import numpy as np

from holdtrue.attributions.protocol import Attributions, Matrix
from holdtrue.flavors import Predictor, to_link
from holdtrue.foundation import MissingExtra, optional

_KINDS = {
    *("DecisionTreeRegressor", "ExtraTreeRegressor", "RandomForestRegressor", "ExtraTreesRegressor"),
    *("GradientBoostingRegressor", "HistGradientBoostingRegressor"),
    *("DecisionTreeClassifier", "ExtraTreeClassifier", "RandomForestClassifier", "ExtraTreesClassifier"),
    *("GradientBoostingClassifier", "HistGradientBoostingClassifier"),
}
_PIECE = 1_000
_EXACT = 1e-4  # of the largest prediction; trees compare in single precision, shap's sums follow them


class TreeExplainer:
    """Path-dependent TreeSHAP (Lundberg et al. 2020, algorithm 2) of a scikit-learn ensemble."""

    name = "shap-tree"

    def __init__(self, explainer: Any) -> None:
        self._explainer = explainer

    def explain(self, X: Matrix) -> Attributions:  # noqa: N803
        """Return values and base of X (n, k)."""
        pieces = [self._values(X[start : start + _PIECE]) for start in range(0, len(X), _PIECE)]
        values = np.concatenate(pieces) if pieces else np.empty(X.shape)
        return Attributions(values=values, base=np.full(len(X), float(np.ravel(self._explainer.expected_value)[-1])))

    def _values(self, rows: Matrix) -> Matrix:
        values = np.asarray(self._explainer.shap_values(rows, check_additivity=False), dtype=np.float64)
        return values[..., -1] if values.ndim == 3 else values  # of a classifier, the second class


def tree_explainer(flavor: str, predictor: Predictor, background: Matrix) -> TreeExplainer | None:
    """Return the explainer, or None where the model is no tree or its values do not add up to its predictions.

    shap does not know every loss and every kind of split, and does not always say so: what it gives on the
    background is compared with the predictions, in the unit of the predictor's link, before it is believed.

    Raises:
        MissingExtra: shap is not installed.
    """
    if not of_trees(predictor):
        return None
    shap = optional("shap", extra="shap", purpose="explaining a scikit-learn model of trees")
    estimator: Any = getattr(predictor, "estimator", None)
    explainer = TreeExplainer(shap.TreeExplainer(estimator))
    predicted = to_link(predictor.predict(background), predictor.link)
    off = np.abs(explainer.explain(background).totals() - predicted)
    return explainer if off.max(initial=0.0) <= _EXACT * np.abs(predicted).max(initial=0.0) else None


def of_trees(predictor: Predictor) -> bool:
    """Return whether shap's TreeExplainer may know the model; it knows no splits on categories."""
    estimator: Any = getattr(predictor, "estimator", None)
    return type(estimator).__name__ in _KINDS and getattr(estimator, "is_categorical_", None) is None


def missing_library(predictor: Predictor) -> str:
    """Return the command that installs what would explain the model far faster; empty where nothing is missing."""
    if not of_trees(predictor):
        return ""
    try:
        optional("shap", extra="shap", purpose="explaining a scikit-learn model of trees")
    except MissingExtra as missing:
        return missing.hint
    return ""
