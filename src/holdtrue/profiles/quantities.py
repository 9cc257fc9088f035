"""What is watched of predictions and errors: figures of each row, the same for the baseline and for live rows."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from holdtrue.profiles.references import level_of

Floats: TypeAlias = NDArray[np.float64]
Column: TypeAlias = Floats | list[object]
Task = Literal["regression", "binary"]

PREDICTION = "prediction"
CLASS = "class"
CONFIDENCE = "confidence"
OUTSIDE = "outside the range"
SIGNED_ERROR = "signed error"
EXPECTED_LOSS = "expected loss"
ABSOLUTE_ERROR = "absolute error"
OVERCONFIDENCE = "overconfidence"
REFUSED = "refused"
LABEL = "label"
DELAY = "label delay"
IN_TIME = "labelled in time"

_SURE = 1e-6


def predicted(values: Floats, task: str, usual: tuple[float, float] | None = None) -> dict[str, Column]:
    """Return the quantities of n predictions.

    Of two classes the value is the probability of the positive one; its `class` is the likelier one, so levels are the
    classes, however many there may be; its `confidence` is that class's probability.

    Args:
        values: shape (n,). task: `regression` or `binary`. usual: beyond these lies what is outside the range.

    Example:
        >>> predicted(np.array([0.9, 0.2]), "binary")["class"], predicted(np.array([7.0]), "regression", (0.0, 5.0))
        (['true', 'false'], {'prediction': array([7.]), 'outside the range': array([1.])})
    """
    if task == "binary":
        sure = np.maximum(values, 1.0 - values)
        return {PREDICTION: values, CLASS: [level_of(value >= 0.5) for value in values.tolist()], CONFIDENCE: sure}
    if usual is None:
        return {PREDICTION: values}
    low, high = usual
    return {PREDICTION: values, OUTSIDE: ((values < low) | (values > high)).astype(np.float64)}


def errors(predictions: Floats, labels: Floats, task: str) -> dict[str, Floats]:
    """Return the quantities of n errors, NaN where the label is not known.

    The signed error of a probability is its calibration: its mean is 0 where as many are true as was said. The absolute
    error tells what log loss and Brier score tell: each grows where the other does, so they have the same ranks. What a
    probability is too sure of is `overconfidence`: (p - y) ln(p / (1 - p)), whose mean is 0 where a slope of 1 is right
    (the score of Cox's calibration, "Two further applications of a model for binary regression", 1958).

    Example:
        >>> found = errors(np.array([0.9]), np.array([0.0]), "binary")
        >>> {name: round(float(values[0]), 2) for name, values in found.items()}
        {'signed error': 0.9, 'absolute error': 0.9, 'overconfidence': 1.98}
    """
    signed = predictions - labels
    found = {SIGNED_ERROR: signed, ABSOLUTE_ERROR: np.abs(signed)}
    if task == "binary":
        sure = np.clip(predictions, _SURE, 1 - _SURE)
        found[OVERCONFIDENCE] = signed * np.log(sure / (1 - sure))
    return found
