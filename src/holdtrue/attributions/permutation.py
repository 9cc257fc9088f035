"""Any model at all: Shapley values by orders of the features, against background rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from holdtrue.attributions.protocol import Attributions, Matrix
from holdtrue.flavors import Predictor, to_link

_SEED = 0
_PAIRS = 5
_BACKGROUND = 50
_CALL = 100_000  # predictions in one call of the predictor: few calls, little memory, and Ctrl-C is heard between them
_SURE = 1e-12  # a probability nearer to 0 or 1 than this is taken as this, for its log-odds would be infinite


class PermutationExplainer:
    """Samples Shapley values: features become known one by one, in orders drawn once from a fixed seed.

    Each order is gone through forth and back (antithetic pairs: Mitchell et al. 2022, "Sampling permutations for
    Shapley value estimation", section 2.3). What an order adds telescopes, so values + base is the prediction
    exactly, however few the orders; it is taken in the unit of the predictor's link, as by the other explainers. A
    row costs at most 2 * pairs * (k - 1) * (background rows) predictions: 5,500 for 12 features; many rows share one
    call of the predictor. It needs no further library and draws nothing while it explains, so that a row's values do
    not depend on the rows before it (those of shap's explainer of this name do, and it reseeds NumPy's global
    generator).

    Args:
        predictor: what is explained.
        background: (b, k) what an unknown feature is taken from; b is cut to 50.
        pairs: number of orders, each used in both directions.
    """

    name = "permutation"

    def __init__(self, predictor: Predictor, background: Matrix, *, pairs: int = _PAIRS) -> None:
        self._predictor = predictor
        self._background = np.ascontiguousarray(background[:_BACKGROUND])
        self._base = float(self._predict(self._background).mean())
        width = background.shape[1]
        generator = np.random.default_rng(_SEED)
        forth = [generator.permutation(width) for _ in range(pairs)]
        self._orders = [order for one in forth for order in (one, one[::-1])]
        states = np.concatenate([_prefixes(order) for order in self._orders])
        # Orders have sets in common, the more the fewer the features: each is asked for once.
        self._known, self._place = np.unique(states, axis=0, return_inverse=True)

    def explain(self, X: Matrix) -> Attributions:  # noqa: N803
        """Return values and base of X (n, k)."""
        piece = max(1, _CALL // (max(len(self._known), 1) * len(self._background)))
        values = [self._rows(X[start : start + piece]) for start in range(0, len(X), piece)]
        return Attributions(
            values=np.concatenate(values) if values else np.empty(X.shape), base=np.full(len(X), self._base)
        )

    def _rows(self, rows: Matrix) -> Matrix:
        count, width = rows.shape
        totals = self._predict(rows)
        if not len(self._known):  # one feature: it has all there is
            return np.asarray(totals - self._base).reshape(count, 1)
        known, unknown = self._known[np.newaxis, :, np.newaxis, :], self._background[np.newaxis, np.newaxis]
        mixed = np.where(known, rows[:, np.newaxis, np.newaxis, :], unknown)
        means = self._predict(mixed.reshape(-1, width)).reshape(count, len(self._known), -1).mean(axis=2)
        along = means[:, np.ravel(self._place)].reshape(count, len(self._orders), width - 1)
        values = np.zeros((count, width))
        for place, order in enumerate(self._orders):
            steps = np.column_stack([np.full(count, self._base), along[:, place], totals])
            values[:, order] += np.diff(steps, axis=1)
        return values / len(self._orders)

    def _predict(self, X: Matrix) -> Matrix:  # noqa: N803
        found, link = self._predictor.predict(X), self._predictor.link
        if link == "raw":  # no closed form is known: the prediction itself is explained
            return found
        if link == "logit":
            found = np.clip(found, _SURE, 1 - _SURE)
        return to_link(found, link)


def _prefixes(order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the sets known after 1, 2, ... k - 1 steps of an order: (k - 1, k)."""
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[np.newaxis] < np.arange(1, len(order))[:, np.newaxis]
