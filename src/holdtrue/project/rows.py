"""Rows as a training function or a check gets them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from holdtrue.contracts import ContractSpec, EncoderSpec, decode_column, encode_frame, to_polars
from holdtrue.foundation import WrongUse, optional


class Rows(Struct, frozen=True, kw_only=True, eq=False):
    """Rows that passed the contract, as a frame and as the matrix a model takes.

    Attributes:
        frame: the contract's fields, typed, and the derived ones; n rows.
        X: float64 (n, k): numbers as they are, categories as codes, dates as days, missing NaN.
        y: float64 (n,), the target.
        weight: float64 (n,), or None.
        group: (n,), or None.
        encoder: made X of the frame.
        spec: the rows' contract.
    """

    frame: pl.DataFrame
    X: NDArray[np.float64]
    y: NDArray[np.float64]
    encoder: EncoderSpec
    spec: ContractSpec
    weight: NDArray[np.float64] | None = None
    group: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.X)

    @property
    def names(self) -> list[str]:
        """The names of X's columns."""
        return list(self.encoder.names)

    @property
    def categorical(self) -> list[int]:
        """The indices of X's columns that hold codes of categories."""
        return list(self.encoder.categorical)

    def pandas(self) -> Any:
        """Return X as a pandas DataFrame with its names, of the same numbers: codes stay codes.

        Raises:
            MissingExtra: pandas is not installed.
        """
        return optional("pandas", extra="shap", purpose="rows.pandas()").DataFrame(self.X, columns=self.names)

    def take(self, indices: NDArray[np.int64] | Sequence[int]) -> Rows:
        """Return the rows of these indices, in their order."""
        where = np.asarray(indices, dtype=np.int64)
        return replace(
            self,
            frame=self.frame[where],
            X=self.X[where],
            y=self.y[where],
            weight=None if self.weight is None else self.weight[where],
            group=None if self.group is None else self.group[where],
        )

    def with_values(self, **values: Any) -> Rows:
        """Return the same rows with other values in some fields: derived fields and X follow, y stays.

        What a check asks a model: "and if it had one bath more?"

        Args:
            **values: field to one value for all rows, or n of them (a Polars series or expression, a list, an array).

        Raises:
            WrongUse: a name that is no field, a derived one, or values that do not fit the field's kind or the rows.

        Example: see docs/checks-and-gates.md.
        """
        derived = {derive.name for derive in self.spec.derives}
        columns = []
        for name, value in values.items():
            if name in derived:
                raise WrongUse(f"{name} is derived", hint="change the fields it is derived from; it follows")
            if name not in self.frame.columns:
                fields = ", ".join(field.name for field in self.spec.fields)
                raise WrongUse(f"these rows have no field {name}", hint=f"fields are {fields}")
            columns.append(_column(value).alias(name))
        try:
            given = self.frame.with_columns(columns)
        except pl.exceptions.PolarsError as error:
            raise WrongUse(
                f"with_values({', '.join(values)}): {error}", hint="give one value, or one for each row"
            ) from None
        decoded = [self._decoded(given, name) for name in values]
        frame = with_derived(self.spec, self.frame.with_columns(decoded))
        return replace(self, frame=frame, X=encode_frame(self.encoder, frame))

    def _decoded(self, given: pl.DataFrame, name: str) -> pl.Series:
        """Return a column as the contract reads it, never cut to fit: half a bath more is no whole number of baths."""
        kind = self.spec.kinds[name]
        plan = decode_column(name, kind, given.schema[name], "native")
        value = given.select(plan.value.alias(name)).to_series()
        if plan.present is None:
            return value
        lost = given.filter(plan.present & value.is_null())[name]
        if len(lost):
            raise WrongUse(f"with_values({name}=...): {lost[0]!r} is no value of a field of kind {kind}")
        return value


def rows_of(
    frame: pl.DataFrame,
    encoder: EncoderSpec,
    spec: ContractSpec,
    *,
    target: str,
    weight: str | None = None,
    group: str | None = None,
) -> Rows:
    """Make rows of a frame that passed the contract.

    Args:
        frame: typed, with derived fields.
        encoder: fitted to training rows.
        spec: the rows' contract, target included.
        target, weight, group: roles, by field.
    """
    return Rows(
        frame=frame,
        X=encode_frame(encoder, frame),
        y=_numbers(frame, target),
        weight=None if weight is None else _numbers(frame, weight),
        group=None if group is None else frame[group].to_numpy(),
        encoder=encoder,
        spec=spec,
    )


def with_derived(spec: ContractSpec, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with every derived field that it has computed anew."""
    for derive in spec.derives:  # in order: a derived field may read those before it
        if derive.name in frame.columns:
            fresh = to_polars(derive.expression, spec.kinds).cast(frame.schema[derive.name])
            frame = frame.with_columns(fresh.alias(derive.name))
    return frame


def _numbers(frame: pl.DataFrame, name: str) -> NDArray[np.float64]:
    values = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return np.ascontiguousarray(values, dtype=np.float64)


def _column(value: Any) -> pl.Expr:
    if isinstance(value, pl.Expr):
        return value
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, (pl.Series, np.ndarray, list, tuple)):
        return pl.lit(value if isinstance(value, pl.Series) else pl.Series(values=value))
    return pl.lit(value)
