"""Links: the unit of a model's attributions, seen from its predictions."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Link = Literal["identity", "log", "logit", "signed-root", "raw"]

UNITS: dict[Link, str] = {
    "identity": "in the unit of the prediction",
    "log": "in the logarithm of the prediction",
    "logit": "in log-odds",
    "signed-root": "in the signed square root of the prediction",
    "raw": "in the model's raw score",
}


def to_link(predictions: NDArray[np.float64], link: Link) -> NDArray[np.float64]:
    """Return predictions in the unit of the attributions, so that values + base equals it.

    Args:
        predictions: any shape.
        link: of the predictor; "raw" says that no closed form is known and gives NaN.

    Example:
        >>> to_link(np.array([0.5, 0.8]), "logit").round(3).tolist()
        [0.0, 1.386]
    """
    if link == "identity":
        return predictions
    with np.errstate(divide="ignore", invalid="ignore"):
        if link == "log":
            return np.log(predictions)
        if link == "logit":
            return np.log(predictions) - np.log1p(-predictions)
        if link == "signed-root":
            return np.sign(predictions) * np.sqrt(np.abs(predictions))
    return np.full_like(predictions, np.nan)
