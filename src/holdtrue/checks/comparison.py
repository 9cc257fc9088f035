"""Is the new model worse than another on the very same rows?"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from holdtrue.checks.estimates import Z95_ONE_SIDED, Vector, mean
from holdtrue.checks.metrics import row_losses
from holdtrue.checks.trial import Scored
from holdtrue.foundation import WrongUse

FEWEST = 10
"""Rows that a comparison needs: on fewer, an interval of the difference says nothing."""


class Comparison(Struct, frozen=True, kw_only=True):
    """Two models on the same rows.

    Attributes:
        rival: the other's name.
        metric: whose losses of rows were compared.
        change: (own mean loss - the rival's) / the rival's; above 0 the new one is worse.
        low, high: 90 % interval of the change: each end is a one-sided 95 % limit.
        margin: the change that is tolerated.
        rows: how many.
    """

    rival: str
    metric: str
    change: float
    low: float
    high: float
    margin: float
    rows: int

    @property
    def judged(self) -> bool:
        """Whether there is anything to judge by: `FEWEST` rows or more, and losses that are numbers."""
        return self.rows >= FEWEST and all(math.isfinite(each) for each in (self.change, self.low, self.high))

    @property
    def worse(self) -> bool:
        """Whether it is worse: beyond chance (one-sided 5 %), and by more than the margin; False where not judged."""
        return self.judged and self.low > 0 and self.change > self.margin

    @property
    def message(self) -> str:
        """The same in words, such as `mae 3.1 % higher than house-price:v3 on the same 4,100 rows ...`."""
        if not self.judged:
            lacking = f"{self.rows:,} rows are too few" if self.rows < FEWEST else "losses are not all numbers"
            return f"loss ({self.metric}) cannot be compared with {self.rival}'s: {lacking}"
        size = abs(self.change)
        words = f"{size:.1%} higher than" if self.change > 0 else f"{size:.1%} lower than"
        if size < 0.0005:
            words = "equal to"
        span = f"90% interval {self.low:+.1%} to {self.high:+.1%}"
        return f"loss ({self.metric}) {words} {self.rival}'s on the same {self.rows:,} rows ({span})"


def compare(
    scored: Scored, rival: Vector, *, metric: str = "mae", name: str = "production", margin: float = 0.01
) -> Comparison:
    """Compare two models' losses row by row.

    A paired test: what makes a row hard is hard for both and cancels, so that small differences show. "Worse" needs
    both, a difference beyond chance and one that matters, so that neither a million rows nor a hundred decide alone. It
    is a test of being worse, not of being as good: what it cannot tell apart, it lets pass.

    Args:
        scored: truth and the new model's predictions (n,).
        rival: the other's predictions of the same rows (n,).
        metric: a metric's name; for rmse and r2 squared errors are compared.
        name: the rival's name, for the message.
        margin: the relative rise of the loss that is tolerated, 0.01 for 1 %.

    Raises:
        WrongUse: the predictions are not of the same rows, or the metric is unknown.

    Example:
        >>> truth = np.arange(50.0)
        >>> compare(Scored(truth=truth, predicted=truth + 3), truth + 1, metric="mae").worse
        True
    """
    if rival.shape != scored.truth.shape:
        raise WrongUse(f"{name} predicted {len(rival):,} rows where {len(scored.truth):,} were asked for")
    own = row_losses(metric, scored.truth, scored.predicted)
    theirs = row_losses(metric, scored.truth, rival)
    difference = mean(own - theirs, scored.weight)
    # Scores where higher is better have negative losses: the change is relative to their size.
    scale = abs(mean(theirs, scored.weight).value)
    if not scale:
        scale = float(np.abs(own).mean()) or 1.0  # a rival without error: any error is 100 % worse
    low, high = difference.interval(Z95_ONE_SIDED)
    if not difference.value:
        low, high = min(low, 0.0), max(high, 0.0)
    return Comparison(
        rival=name,
        metric=metric,
        change=difference.value / scale,
        low=low / scale,
        high=high / scale,
        margin=margin,
        rows=len(own),
    )
