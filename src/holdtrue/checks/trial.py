"""The arrays on which a model is judged."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.attributions import Attributions
from holdtrue.checks.estimates import Vector
from holdtrue.checks.metrics import Task


class Scored(Struct, frozen=True, kw_only=True, eq=False):
    """Truth and prediction of the same rows, each (n,); weight (n,) or None."""

    truth: Vector
    predicted: Vector
    weight: Vector | None = None


class Reasons(Struct, frozen=True, kw_only=True, eq=False):
    """Attributions (n, k) of some rows, the names of their k columns, and the explainer's name."""

    names: tuple[str, ...]
    attributions: Attributions
    explainer: str = ""


class Trial(Struct, frozen=True, kw_only=True, eq=False):
    """A model to be judged: on the rows it was fitted to, and on held rows that it never saw.

    Attributes:
        reasons: of held rows (a sample will do); None where they could not be had.
    """

    train: Scored
    held: Scored
    task: Task = "regression"
    reasons: Reasons | None = None


class Rival(Struct, frozen=True, kw_only=True, eq=False):
    """The version to compare with, on the very rows of the trial.

    Attributes:
        name: as a REF, such as `house-price:v3`.
        predicted: (n,), of the trial's held rows.
        unseen: (n,), which of the trial's held rows this version was not trained on; None where that is not known.
        reasons: of the rows whose reasons the trial has, in their order.
        fault: why it cannot predict these rows; empty where it can.
    """

    name: str
    predicted: Vector
    fault: str = ""
    unseen: NDArray[np.bool_] | None = None
    reasons: Reasons | None = None
