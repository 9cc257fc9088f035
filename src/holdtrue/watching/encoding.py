"""The rows of one batch as the model takes them: what reasons and estimates both need is worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from holdtrue.predicting import LoadedVersion
from holdtrue.predictionlog import Prediction

Matrix = NDArray[np.float64]


class EncodedRows:
    """Rows that one version answered itself, encoded when they are asked for.

    Args:
        rows: of one batch, no two with one id.
    """

    def __init__(self, live: LoadedVersion, rows: Sequence[Prediction]) -> None:
        self._live, self._rows = live, rows

    def of(self, wanted: Sequence[Prediction]) -> Matrix:
        """Return some of the rows encoded, shape (n, k), in the order they are asked for."""
        if self._live.estimator is None:  # nobody will ask for the others
            return self._live.matrix([row.row for row in wanted])
        if len(wanted) == len(self._rows):
            return self._whole
        return self._whole[[self._places[row.id] for row in wanted]]

    @cached_property
    def _whole(self) -> Matrix:
        return self._live.matrix([row.row for row in self._rows])

    @cached_property
    def _places(self) -> dict[str, int]:
        return {row.id: place for place, row in enumerate(self._rows)}
