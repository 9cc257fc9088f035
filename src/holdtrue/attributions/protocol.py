"""What an explainer gives."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


class Attributions(Struct, frozen=True, kw_only=True):
    """Each feature's share in each prediction.

    Attributes:
        values: (n, k), what each feature adds to the base.
        base: (n,), the prediction where nothing is known. values.sum(axis=1) + base = link(prediction).
    """

    values: Matrix
    base: Matrix

    def totals(self) -> Matrix:
        """Return values + base, (n,): the predictions, in the unit of the attributions."""
        return np.asarray(self.values.sum(axis=1) + self.base)


class Explainer(Protocol):
    """Explains the predictions of one predictor.

    Obligations:
        - values + base is the prediction (in the unit of the predictor's link) for every row, to rounding.
        - the same row gets the same values each time and in any batch: whatever is drawn comes from a fixed seed.
        - long batches are done in pieces, so that Ctrl-C is heard within about a second.
    """

    @property
    def name(self) -> str:
        """The name kept in the model version, such as `lightgbm-native`."""
        ...

    def explain(self, X: Matrix) -> Attributions:  # noqa: N803
        """Return the attributions of X (n, k); n may be 0."""
        ...
