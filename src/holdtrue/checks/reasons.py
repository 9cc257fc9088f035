"""Does the new model decide for the same reasons as another, on the very same rows?"""

from __future__ import annotations

from msgspec import Struct

from holdtrue.attributions import shares
from holdtrue.checks.trial import Reasons
from holdtrue.monitors import ndcg

SHARE_MOVED = 0.25
ORDER_KEPT = 0.90


class ReasonsComparison(Struct, frozen=True, kw_only=True):
    """Two models' reasons on the same rows.

    Attributes:
        rival: the other's name.
        moved: total variation distance of the two models' shares of mean |attribution|, in [0, 1]: the part of the
            decision that moved to other features.
        order: NDCG of the new order of features, in [0, 1], gains being the rival's shares; 1 is the same order.
        own, theirs: feature to share, each summing to 1.
        note: what limits the comparison, such as different explainers.
    """

    rival: str
    moved: float
    order: float
    own: dict[str, float]
    theirs: dict[str, float]
    note: str = ""

    def gained(self, most: int = 3) -> tuple[tuple[str, float, float], ...]:
        """Return the features whose shares moved most: (name, share before, share now)."""
        names = sorted(self.own.keys() | self.theirs.keys(), key=lambda name: (-abs(self._moved(name)), name))
        return tuple((name, self.theirs.get(name, 0.0), self.own.get(name, 0.0)) for name in names[:most])

    @property
    def message(self) -> str:
        """The same in words, with the features that moved most."""
        parts = ", ".join(f"{name} {before:.0%} -> {now:.0%}" for name, before, now in self.gained())
        words = (
            f"{self.moved:.0%} of what decides has moved against {self.rival} (order kept {self.order:.2f}): {parts}"
        )
        return f"{words}; {self.note}" if self.note else words

    def _moved(self, name: str) -> float:
        return self.own.get(name, 0.0) - self.theirs.get(name, 0.0)


def compare_reasons(own: Reasons, theirs: Reasons, *, name: str = "production") -> ReasonsComparison:
    """Compare what drives two models over the same rows.

    Shares of mean |attribution| have no unit, so that models of different targets' scale, or one that explains in
    log-odds, can still be compared. A feature that only one of them has counts with a share of 0 in the other.

    Total variation (half the sum of |differences|) says how much moved; NDCG (Jarvelin and Kekalainen 2002, eq. 2-4;
    used on attributions by SageMaker Clarify, which alarms below 0.90) whether the leading ones still lead.
    """
    mine = dict(zip(own.names, shares(own.attributions).tolist(), strict=True))
    other = dict(zip(theirs.names, shares(theirs.attributions).tolist(), strict=True))
    names = mine.keys() | other.keys()
    notes = []
    if own.explainer != theirs.explainer:
        notes.append(f"explained by {own.explainer} and by {theirs.explainer}")
    if mine.keys() != other.keys():
        notes.append("features differ: " + ", ".join(sorted(mine.keys() ^ other.keys())))
    return ReasonsComparison(
        rival=name,
        moved=0.5 * sum(abs(mine.get(each, 0.0) - other.get(each, 0.0)) for each in names),
        order=ndcg(dict.fromkeys(names, 0.0) | other, dict.fromkeys(names, 0.0) | mine),
        own=mine,
        theirs=other,
        note="; ".join(notes),
    )
