"""Why, in one plain figure: do the features that drive predictions live stand in the order they had in the baseline?"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import WrongUse


class ReasonSummary(Struct, frozen=True, kw_only=True):
    """Attributions of live rows beside those of the baseline. Plain figures for people; alarms come from `Watch`.

    Attributes:
        rows: live rows. baseline, live: feature to mean |attribution|, in the unit of the prediction.
        ndcg: agreement of the two orders, in [0, 1]; 1 is the same order.
    """

    rows: int
    baseline: dict[str, float]
    live: dict[str, float]
    ndcg: float


def reason_summary(
    baseline: Mapping[str, float], attributions: NDArray[np.float64] | Mapping[str, NDArray[np.float64]]
) -> ReasonSummary:
    """Compare live attributions with the baseline's mean |attribution|.

    Args:
        baseline: `Baseline.attribution`. attributions: shape (n, k) in the baseline's order, or feature to n values.
    """
    features = list(baseline)
    if isinstance(attributions, Mapping):
        if set(attributions) != set(features):
            raise WrongUse(f"attributions of {', '.join(attributions)} do not fit a baseline of {', '.join(features)}")
        values = np.stack([np.asarray(attributions[name], dtype=np.float64) for name in features], axis=1)
    else:
        values = np.asarray(attributions, dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != len(features):
            raise WrongUse(f"attributions of shape {values.shape} do not fit {len(features)} features")
    means = np.abs(values).mean(axis=0) if len(values) else np.zeros(len(features))
    live = dict(zip(features, means.tolist(), strict=True))
    return ReasonSummary(rows=len(values), baseline=dict(baseline), live=live, ndcg=ndcg(baseline, live))


def ndcg(gains: Mapping[str, float], order: Mapping[str, float]) -> float:
    """Return the normalised discounted cumulative gain of features ranked by `order`, each worth its baseline `gains`.

    `sum gain_i / log2(1 + place_i)` over its largest possible value (Jarvelin and Kekalainen 2002, eq. 2-4; used on
    attributions by Vertex AI and SageMaker). 1 where all gains are 0.

    Example:
        >>> ndcg({"beds": 3, "garage": 1}, {"beds": 5, "garage": 2})
        1.0
        >>> round(ndcg({"beds": 3, "garage": 1}, {"beds": 2, "garage": 5}), 3)
        0.797
    """
    best = sorted(gains.values(), reverse=True)
    ranked = sorted(gains, key=lambda name: (-order.get(name, 0.0), name))
    ideal = sum(gain / math.log2(place + 2) for place, gain in enumerate(best))
    found = sum(gains[name] / math.log2(place + 2) for place, name in enumerate(ranked))
    return min(1.0, found / ideal) if ideal else 1.0
