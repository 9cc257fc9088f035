"""Any model at all: Shapley values by orders of the features, against background rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdtrue.attributions.protocol import Attributions, Matrix
from holdtrue.flavors import Predictor

_SEED = 0
_PAIRS = 5
_BACKGROUND = 50


class PermutationExplainer:
    """Samples Shapley values: features become known one by one, in orders drawn once from a fixed seed.

    Each order is gone through forth and back (antithetic pairs: Mitchell et al. 2022, "Sampling permutations for
    Shapley value estimation", section 2.3). What an order adds telescopes, so values + base is the prediction
    exactly, however few the orders. A row costs 2 * pairs * (k - 1) * (background rows) predictions, in one call of
    the predictor: 5,500 for 12 features. It needs no further library and draws nothing while it explains, so that
    a row's values do not depend on the rows before it (those of shap's explainer of this name do, and it reseeds
    NumPy's global generator).

    Args:
        predictor: what is explained.
        background: (b, k) what an unknown feature is taken from; b is cut to 50.
        pairs: number of orders, each used in both directions.
    """

    name = "permutation"

    def __init__(self, predictor: Predictor, background: Matrix, *, pairs: int = _PAIRS) -> None:
        self._predict = predictor.predict
        self._background = np.ascontiguousarray(background[:_BACKGROUND])
        self._base = float(self._predict(self._background).mean())
        width = background.shape[1]
        generator = np.random.default_rng(_SEED)
        forth = [generator.permutation(width) for _ in range(pairs)]
        self._orders = [order for one in forth for order in (one, one[::-1])]
        self._known = np.concatenate([_prefixes(order) for order in self._orders])

    def explain(self, X: Matrix) -> Attributions:  # noqa: N803
        """Return values and base of X (n, k)."""
        values = np.array([self._row(row) for row in X]).reshape(X.shape)
        return Attributions(values=values, base=np.full(len(X), self._base))

    def _row(self, row: Matrix) -> Matrix:
        width, states = len(row), len(self._known)
        total = float(self._predict(row[np.newaxis])[0])
        if not states:  # one feature: it has all there is
            return np.array([total - self._base])
        mixed = np.where(self._known[:, np.newaxis, :], row, self._background)
        means = self._predict(mixed.reshape(-1, width)).reshape(states, -1).mean(axis=1)
        values = np.zeros(width)
        for order, between in zip(self._orders, means.reshape(len(self._orders), -1), strict=True):
            values[order] += np.diff(between, prepend=self._base, append=total)
        return values / len(self._orders)


def _prefixes(order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the sets known after 1, 2, ... k - 1 steps of an order: (k - 1, k)."""
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[np.newaxis] < np.arange(1, len(order))[:, np.newaxis]
