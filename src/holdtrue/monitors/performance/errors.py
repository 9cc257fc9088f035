"""Performance with labels: how wrong predictions are now, beside how wrong they were on held rows."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from holdtrue.profiles import ABSOLUTE_ERROR, SIGNED_ERROR, Baseline, NumericReference

LAST = 100


class ErrorSummary(Struct, frozen=True, kw_only=True):
    """Errors of one epoch so far, prediction less label; grows by `add`.

    Attributes:
        reference_mae, reference_bias: mean absolute and mean signed error of the baseline; None if it has no labels.
        rows: labelled rows; total, total_absolute: sums of their signed and absolute errors.
        last: the signed errors of the last `LAST` rows, oldest first.
    """

    reference_mae: float | None = None
    reference_bias: float | None = None
    rows: int = 0
    total: float = 0.0
    total_absolute: float = 0.0
    last: tuple[float, ...] = ()

    @staticmethod
    def begin(baseline: Baseline) -> ErrorSummary:
        """Begin an epoch.

        Example:
            >>> ErrorSummary(reference_mae=2.0).add([1.0, -5.0]).mae
            3.0
        """
        errors = baseline.groups.get("errors", {})
        return ErrorSummary(
            reference_mae=_mean(errors.get(ABSOLUTE_ERROR)), reference_bias=_mean(errors.get(SIGNED_ERROR))
        )

    def add(self, errors: Sequence[float]) -> ErrorSummary:
        """Return the summary with further errors, in the order their labels came."""
        total, absolute = self.total, self.total_absolute
        for error in errors:
            total += error
            absolute += abs(error)
        return ErrorSummary(
            reference_mae=self.reference_mae,
            reference_bias=self.reference_bias,
            rows=self.rows + len(errors),
            total=total,
            total_absolute=absolute,
            last=(*self.last, *errors)[-LAST:],
        )

    @property
    def mae(self) -> float | None:
        """Mean absolute error since the epoch began; None without labels."""
        return self.total_absolute / self.rows if self.rows else None

    @property
    def bias(self) -> float | None:
        """Mean signed error since the epoch began; None without labels."""
        return self.total / self.rows if self.rows else None

    @property
    def last_mae(self) -> float | None:
        """Mean absolute error of the last rows."""
        return sum(abs(error) for error in self.last) / len(self.last) if self.last else None

    @property
    def last_bias(self) -> float | None:
        """Mean signed error of the last rows."""
        return sum(self.last) / len(self.last) if self.last else None


def _mean(reference: object) -> float | None:
    return reference.mean if isinstance(reference, NumericReference) else None
