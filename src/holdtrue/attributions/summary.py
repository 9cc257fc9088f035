"""What drives a model over many rows: mean absolute attributions and their shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdtrue.attributions.protocol import Attributions


def mean_absolute(attributions: Attributions) -> NDArray[np.float64]:
    """Return the mean of |value| of each feature, (k,); zeros where there are no rows.

    Example:
        >>> a = Attributions(values=np.array([[1.0, -3.0], [-1.0, 1.0]]), base=np.zeros(2))
        >>> mean_absolute(a).tolist()
        [1.0, 2.0]
    """
    values = attributions.values
    return np.asarray(np.abs(values).mean(axis=0)) if len(values) else np.zeros(values.shape[1])


def shares(attributions: Attributions) -> NDArray[np.float64]:
    """Return each feature's part of the whole mean |value|, (k,), summing to 1; zeros where nothing is attributed.

    Example:
        >>> a = Attributions(values=np.array([[1.0, -3.0]]), base=np.zeros(1))
        >>> shares(a).tolist()
        [0.25, 0.75]
    """
    means = mean_absolute(attributions)
    total = means.sum()
    return np.asarray(means / total) if total > 0 else means
