"""From a checked row to the numbers a model takes: one encoder, compiled for rows and for frames.

Numbers as they are, bools 0 and 1, dates as days and times as seconds since 1970-01-01 UTC, categories as codes: 0 to
L-1 in the contract's order (of `allowed`, else sorted levels of the training rows), unseen L; missing is NaN.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.contracts.expressions import ITEM_KINDS, NO_FEATURES, Kind, described
from holdtrue.contracts.polars_compiler import exactly
from holdtrue.contracts.python_compiler import compiled
from holdtrue.contracts.spec import FORMAT, ContractSpec, check_format
from holdtrue.foundation import ContractError

Matrix = NDArray[np.float64]
RowEncoder = Callable[[Mapping[str, Any]], Matrix]

_NAN = float("nan")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()


class FeatureSpec(Struct, frozen=True, kw_only=True):
    """One column of the matrix; `levels` of a category in the order of their codes."""

    name: str
    kind: Kind
    levels: tuple[str, ...] = ()


class EncoderSpec(Struct, frozen=True, kw_only=True):
    """A fitted encoder as data, ready for JSON: it travels in the model version."""

    features: tuple[FeatureSpec, ...]
    format: int = FORMAT

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the matrix."""
        return tuple(feature.name for feature in self.features)

    @property
    def categorical(self) -> tuple[int, ...]:
        """The indices of the columns that hold codes."""
        return tuple(index for index, feature in enumerate(self.features) if feature.kind == "category")


def fit_encoder(spec_live: ContractSpec, features: Sequence[str], frame: pl.DataFrame) -> EncoderSpec:
    """Fit an encoder to training rows.

    Args:
        spec_live: the contract of live rows.
        features: the fields and derived fields given to the model, in the matrix's order.
        frame: accepted training rows; read only for the levels of categories without `allowed`.

    Raises:
        ContractError: a feature that is not in the live contract, twice there, free text, or media.
    """
    kinds = spec_live.kinds
    fitted = []
    for name in features:
        if name not in kinds:
            hint = "features are among: " + ", ".join(kinds)
            raise ContractError(f'"{name}" is no field of the live rows of {spec_live.name}', hint=hint)
        kind = kinds[name]
        require_feature(name, kind)
        field = spec_live.field(name)
        levels: tuple[str, ...] = ()
        if kind == "category":
            allowed = field.allowed if field is not None else None
            levels = allowed if allowed is not None else tuple(sorted(frame[name].drop_nulls().unique().to_list()))
        fitted.append(FeatureSpec(name=name, kind=kind, levels=levels))
    if len(set(features)) != len(fitted):
        raise ContractError("a feature is named twice", hint="name each once")
    return EncoderSpec(features=tuple(fitted))


def require_feature(name: str, kind: Kind) -> None:
    """Stop at a field of a kind that a model cannot be given as it is.

    Raises:
        ContractError: the hint says what to derive.
    """
    if kind not in NO_FEATURES:
        return
    what = "free text" if kind == "text" else described(kind)
    hint = {"text": "declare it ht.Category, or derive from it", "key": "a key says nothing of a row: leave it out"}
    hint |= dict.fromkeys(ITEM_KINDS, f"derive a number of it, such as: return row.{name}.length()")
    derive = f"derive the figures that it shall take, such as: return row.{name}.bytes()"
    raise ContractError(
        f"the feature {name} is {what}, which a model cannot take as a number", hint=hint.get(kind, derive)
    )


def compile_row_encoder(encoder: EncoderSpec) -> RowEncoder:
    """Generate the function of a checked row that gives its numbers, float64 (k,).

    Example:
        >>> wall = FeatureSpec(name="wall", kind="category", levels=("brick", "wood"))
        >>> encode = compile_row_encoder(EncoderSpec(features=(FeatureSpec(name="beds", kind="int"), wall)))
        >>> encode({"beds": 3, "wall": "wood"}), encode({"beds": None, "wall": "straw"})
        (array([3., 1.]), array([nan,  2.]))
    """
    function: RowEncoder = _generated(encoder, "def encode(row):", "    return array(({cells}), float64)")
    return function


def encode_rows(encoder: EncoderSpec) -> Callable[[Sequence[Mapping[str, Any]]], Matrix]:
    """Generate the function of checked rows that gives their numbers, float64 (n, k)."""
    width = len(encoder.features)
    ending = "    return array([({cells}) for row in rows], float64).reshape(len(rows), " + f"{width})"
    function: Callable[[Sequence[Mapping[str, Any]]], Matrix] = _generated(encoder, "def encode(rows):", ending)
    return function


def encode_frame(encoder: EncoderSpec, frame: pl.DataFrame) -> Matrix:
    """Give the numbers of accepted rows: float64 (n, k), C order, equal to the row encoder's to the bit."""
    check_format("encoder", encoder.format)
    columns = [_column(feature).fill_null(_NAN).alias(feature.name) for feature in encoder.features]
    if not columns:
        return np.zeros((frame.height, 0))
    return np.ascontiguousarray(frame.select(columns).to_numpy(), dtype=np.float64)


def _column(feature: FeatureSpec) -> pl.Expr:
    value = pl.col(feature.name)
    match feature.kind:
        case "category":
            codes = [float(code) for code in range(len(feature.levels))]
            unseen = float(len(codes))
            known = value.replace_strict(list(feature.levels), codes, default=unseen, return_dtype=pl.Float64)
            return pl.when(value.is_not_null()).then(known)
        case "date":
            return value.to_physical().cast(pl.Float64)
        case "datetime":
            return exactly("/", value.dt.timestamp("us").cast(pl.Float64), pl.lit(1e6))
        case _:
            return value.cast(pl.Float64)


def _generated(encoder: EncoderSpec, head: str, ending: str) -> Any:
    check_format("encoder", encoder.format)
    names: dict[str, Any] = {
        "array": np.array, "float64": np.float64, "nan": _NAN, "seconds": _seconds, "epoch": _EPOCH_DAY,
    }  # fmt: skip
    cells = []
    for index, feature in enumerate(encoder.features):
        raw = f"row[{feature.name!r}]"
        if feature.kind == "category":
            # None has its own entry, so a missing level needs no test of its own.
            codes: dict[str | None, float] = {level: float(code) for code, level in enumerate(feature.levels)}
            codes[None] = _NAN
            names[f"codes{index}"] = codes.get
            cells.append(f"codes{index}({raw}, {float(len(feature.levels))!r})")
            continue
        value = f"v{index}"
        number = {"date": f"{value}.toordinal() - epoch", "datetime": f"seconds({value})"}.get(feature.kind, value)
        cells.append(f"(nan if ({value} := {raw}) is None else {number})")
    body = ending.replace("{cells}", "".join(cell + ", " for cell in cells))
    return compiled("encode", f"{head}\n{body}", names)


def _seconds(moment: dt.datetime) -> float:
    since = moment - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) / 1e6
