"""Linear models: the closed form."""

from __future__ import annotations

from typing import Any

import numpy as np

from holdtrue.attributions.protocol import Attributions, Matrix
from holdtrue.flavors import Predictor


class LinearExplainer:
    """Values coef * (x - mean), base the prediction at the mean of the background.

    For a linear model these are the Shapley values under independent features (Štrumbelj and Kononenko 2014, eq. 8).
    """

    name = "linear"

    def __init__(self, coefficients: Matrix, intercept: float, background: Matrix) -> None:
        self._coefficients = coefficients
        self._mean = background.mean(axis=0)
        self._base = float(intercept + coefficients @ self._mean)

    def explain(self, X: Matrix) -> Attributions:  # noqa: N803
        """Return values and base of X (n, k)."""
        return Attributions(values=(X - self._mean) * self._coefficients, base=np.full(len(X), self._base))


def linear_explainer(flavor: str, predictor: Predictor, background: Matrix) -> LinearExplainer | None:
    """Return the explainer, or None where the model is no linear one (or has a link, as Poisson regression has)."""
    formula = _formula(getattr(predictor, "estimator", None))
    if formula is None or not np.isfinite(background).all():
        return None
    coefficients, intercept = formula
    if len(coefficients) != background.shape[1]:
        return None
    predicted = predictor.predict(background)
    scale = float(np.abs(predicted).max(initial=1.0))
    if not np.allclose(background @ coefficients + intercept, predicted, rtol=1e-9, atol=1e-9 * scale):
        return None
    return LinearExplainer(coefficients, intercept, background)


def _formula(estimator: Any) -> tuple[Matrix, float] | None:
    """Return coefficients (k,) and intercept of an estimator, or of a pipeline of scalers that ends in one."""
    steps = [step for _, step in getattr(estimator, "steps", [("", estimator)])]
    last = steps.pop()
    if not hasattr(last, "coef_") or hasattr(last, "classes_"):
        return None
    coefficients = np.ravel(np.asarray(last.coef_, dtype=np.float64))
    intercept = float(np.ravel(last.intercept_)[0])
    for step in reversed(steps):
        # Each scaler is z = slope * x + offset, so coef @ z + intercept is linear in x too.
        scaled = _scaling(step, len(coefficients))
        if scaled is None:
            return None
        slope, offset = scaled
        intercept += float(coefficients @ offset)
        coefficients = coefficients * slope
    return coefficients, intercept


def _scaling(step: Any, width: int) -> tuple[Matrix, Matrix] | None:
    """Return slope and offset (k,) of a scikit-learn scaler, or None for any other step."""
    if step == "passthrough":
        return np.ones(width), np.zeros(width)
    kind = type(step).__name__
    if kind == "MinMaxScaler" and not step.clip:
        return np.asarray(step.scale_), np.asarray(step.min_)
    centres = {"StandardScaler": "mean_", "RobustScaler": "center_", "MaxAbsScaler": "absent_"}
    if kind not in centres:
        return None
    scale = np.ones(width) if step.scale_ is None else np.asarray(step.scale_)
    centre = getattr(step, centres[kind], None) if getattr(step, "with_mean", True) else None
    return 1.0 / scale, -(np.zeros(width) if centre is None else np.asarray(centre)) / scale
