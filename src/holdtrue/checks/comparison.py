"""Is the new model worse than another on the very same rows?"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from holdtrue.checks.estimates import Z95_ONE_SIDED, Vector, mean
from holdtrue.checks.metrics import row_losses
from holdtrue.checks.trial import Scored
from holdtrue.foundation import WrongUse


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
    def worse(self) -> bool:
        """Whether it is worse: beyond chance (one-sided 5 %), and by more than the margin."""
        return self.low > 0 and self.change > self.margin

    @property
    def message(self) -> str:
        """The same in words, such as `mae 3.1 % higher than house-price:v3 on the same 4,100 rows ...`."""
        size = abs(self.change)
        words = f"{size:.1%} higher than" if self.change > 0 else f"{size:.1%} lower than"
        if not size >= 0.0005:
            words = "equal to"
        span = f"90% interval {self.low:+.1%} to {self.high:+.1%}"
        return f"loss ({self.metric}) {words} {self.rival}'s on the same {self.rows:,} rows ({span})"


def compare(
    scored: Scored, rival: Vector, *, metric: str = "mae", name: str = "production", margin: float = 0.01
) -> Comparison:
    """Compare two models' losses row by row.

    A paired test: what makes a row hard is hard for both and cancels, so that small differences show. "Worse" needs
    both, a difference beyond chance and one that matters, so that neither a million rows nor a hundred decide alone.

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
