"""What a flavor and a predictor must do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.flavors.link import Link

Matrix = NDArray[np.float64]


class Description(Struct, frozen=True, kw_only=True):
    """What a predictor is, in plain values ready for JSON.

    Attributes:
        flavor: name of the flavor that stores it.
        kind: the class that the training function returned, such as `LGBMRegressor`.
        features: number of columns it takes.
        link: the unit of its attributions, seen from its predictions.
        details: whatever else is worth showing, such as the number of trees.
    """

    flavor: str
    kind: str
    features: int
    link: Link
    details: dict[str, Any] = {}


class Predictor(Protocol):
    """A model that was loaded and can predict.

    Obligations:
        - `predict` and `contributions` may be called from many threads at once.
        - a row's prediction does not depend on the rows beside it, but for rounding in the last bits.
        - X is float64 of shape (n, k), missing values NaN; n may be 0.
        - a matrix of another width raises WrongUse.
    """

    @property
    def link(self) -> Link:
        """How attributions relate to predictions: values + base = link(prediction)."""
        ...

    def predict(self, X: Matrix) -> Matrix:  # noqa: N803
        """Return predictions (n,): the value itself, or the probability of the positive class."""
        ...

    def contributions(self, X: Matrix) -> tuple[Matrix, Matrix] | None:  # noqa: N803
        """Return the model's own exact attributions, values (n, k) and base (n,), or None if it has none."""
        ...

    def describe(self) -> Description:
        """Return what it is."""
        ...


class Flavor(Protocol):
    """Stores the models of one library as bytes and loads them again.

    Obligations:
        - loading runs no code that is in the bytes: no pickle, nothing evaluated, nothing imported by a name in them
          that is not on a list of the flavor's own.
        - what was loaded predicts as what was saved; `save` proves it on the sample, or raises WrongUse.
        - `matches` imports no library.
    """

    @property
    def name(self) -> str:
        """The name kept in the model version."""
        ...

    @property
    def stores(self) -> str:
        """What it can store, in words for error messages."""
        ...

    def matches(self, model: object) -> bool:
        """Return whether this flavor stores this object."""
        ...

    def save(self, model: object, sample: Matrix) -> dict[str, bytes]:
        """Return the files of the model; `sample` (n, k) is rows as training gave them, n >= 1.

        Raises:
            WrongUse: not fitted, not able to predict from the matrix, not one number a row, or not storable.
        """
        ...

    def load(self, files: Mapping[str, bytes]) -> Predictor:
        """Return the predictor of these files.

        Raises:
            StoreDamaged: a file is missing or is not what `save` writes.
            WrongUse: the files hold types that are not on the flavor's list.
        """
        ...
