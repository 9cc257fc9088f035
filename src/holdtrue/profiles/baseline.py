"""The baseline: what a version's inputs, predictions, attributions and errors were on held rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import polars as pl
from msgspec import Struct, field
from msgspec.structs import replace
from numpy.typing import NDArray

from holdtrue.foundation import WrongUse
from holdtrue.profiles.blocks import Block, BlockedGroup, block_reference
from holdtrue.profiles.columns import ColumnProfile, profile_frame
from holdtrue.profiles.known_levels import levels_to_keep
from holdtrue.profiles.oddities import OddityReference, oddity_reference
from holdtrue.profiles.references import (
    MOST_BINS,
    CategoryReference,
    NumericReference,
    Reference,
    category_reference,
    numeric_reference,
)
from holdtrue.profiles.seasons import Season
from holdtrue.profiles.stored import stored_form

FORMAT = 1

PREDICTION = "prediction"
SIGNED_ERROR = "signed error"
ABSOLUTE_ERROR = "absolute error"
EXPECTED_LOSS = "expected loss"
REFUSED = "refused"

FEWEST_BINS = 128
"""Cuts that a season has at least: ranks are clipped at 0.005, so these tell as much as there is but for the tails."""


class Baseline(Struct, frozen=True, kw_only=True):
    """What a model version is watched against.

    Attributes:
        format: number of the stored form.
        rows: rows it was made of.
        groups: group to quantity to reference; groups are `inputs`, `predictions` (quantity "prediction"),
            `attributions` (one per feature), `errors` ("signed error": prediction less label; "absolute error"),
            `estimates` ("expected loss": what the label is expected to show, before it comes) and `tests` ("refused": 1
            for each row that the live contract refused, 0 for the others).
        since: the rows begin at this time (microseconds since 1970), where they are only those since a change.
        note: where the rows come from, in words.
        profiles: profile of each input.
        oddity: limits of what is marked as odd.
        attribution: mean |attribution| of each feature, in the unit of the prediction.
        season: what parts rows into those that are compared with each other; None: all are.
        seasonal: group to, for each season, what `groups` holds of its rows alone; groups without a time are not in it.
        block: what makes rows that depend on each other one; None: each is judged by itself.
        blocked: group to what its blocks were like; groups without a time are not in it.
    """

    format: int
    rows: int
    groups: dict[str, dict[str, Reference]]
    since: int | None = None
    note: str = ""
    profiles: dict[str, ColumnProfile] = field(default_factory=dict)
    oddity: OddityReference
    attribution: dict[str, float] = field(default_factory=dict)
    season: Season | None = None
    seasonal: dict[str, tuple[dict[str, Reference], ...]] = field(default_factory=dict)
    block: Block | None = None
    blocked: dict[str, BlockedGroup] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return the stored form (MessagePack)."""
        return _encoder.encode(self)

    @staticmethod
    def from_bytes(data: bytes) -> Baseline:
        """Read the stored form.

        Raises:
            WrongUse: these bytes are no baseline of a known format.
        """
        return stored_form(data, _decoder, FORMAT, "baseline", "baseline")


def build_baseline(
    inputs: pl.DataFrame,
    *,
    predictions: NDArray[np.float64] | None = None,
    attributions: NDArray[np.float64] | None = None,
    features: Sequence[str] = (),
    labels: NDArray[np.float64] | None = None,
    expected: NDArray[np.float64] | None = None,
    tested: tuple[int, int] | None = None,
    odd_rows: pl.DataFrame | None = None,
    season: Season | None = None,
    seasons: NDArray[np.int64] | None = None,
    block: Block | None = None,
    blocks: NDArray[np.int64] | None = None,
    since: int | None = None,
    note: str = "",
) -> Baseline:
    """Make the baseline of rows the model was not fitted on, all in the same order.

    Args:
        inputs: shape (n, c): the fields to watch, derived ones included and time, key, weight and group left out.
            Numbers are watched by rank; strings, enumerations and booleans by level; dates and times not at all
            (they only ever grow; watch what is derived from them).
        predictions: shape (n,). labels: shape (n,), needs predictions; NaN where the label is not known.
        attributions: shape (n, k), in the unit of the prediction. features: their k names.
        expected: shape (n,): the loss expected of each row by what was not fitted to it.
        tested: rows of the data that were tested, and how many of them were refused as live rows would be.
        odd_rows: the rows that say what is odd, with the columns of `inputs`; best all training rows, as more rows
            make rarer marks possible; by default `inputs`.
        season: what parts the rows into those that are compared with each other. seasons: which each row is of, as
            `season.places` gives it, shape (n,).
        block: what makes rows one. blocks: which each row is of, as `block.places` gives it, shape (n,).
        since, note: where the rows come from, see `Baseline`.

    Raises:
        WrongUse: lengths or names do not fit, there is no row, or it is not given which season or block each is of.
    """
    rows = inputs.height
    if rows == 0:
        raise WrongUse("a baseline needs rows, and there is none", hint="hold out more rows")
    found = _Observed(
        inputs=inputs,
        predictions=None if predictions is None else _fits(predictions, rows, "predictions"),
        attributions=None if attributions is None else np.asarray(attributions, dtype=np.float64),
        features=tuple(features),
        labels=None if labels is None else _fits(labels, rows, "labels"),
        expected=None if expected is None else _fits(expected, rows, "expected losses"),
    )
    if found.attributions is not None and found.attributions.shape != (rows, len(features)):
        shape = found.attributions.shape
        raise WrongUse(f"attributions of shape {shape} do not fit {rows} rows of {len(features)} features")
    if labels is not None and predictions is None:
        raise WrongUse("errors need predictions beside the labels")
    groups = _references(found)
    seasonal: dict[str, tuple[dict[str, Reference], ...]] = {}
    if season is not None:
        if seasons is None or seasons.shape != (rows,):
            raise WrongUse(f"it must be given which {season.of} each of the {rows} rows is of")
        count = len(season.names)
        parts = [_references(found.where(seasons == place), groups, seasons=count) for place in range(count)]
        seasonal = {group: tuple(part[group] for part in parts) for group in groups}
    blocked: dict[str, BlockedGroup] = {}
    if block is not None:
        if blocks is None or blocks.shape != (rows,):
            raise WrongUse(f"it must be given which block each of the {rows} rows is of")
        places = np.zeros(rows, dtype=np.int64) if seasons is None else seasons
        for group, whole in groups.items():
            # A row whose label is not known has no error.
            has = np.ones(rows, dtype=np.bool_) if group != "errors" or labels is None else ~np.isnan(labels)
            columns = found.where(has).columns(group)
            blocked[group] = _blocked(whole, seasonal.get(group, (whole,)), columns, places[has], blocks[has])
    if tested is not None:
        groups["tests"] = {REFUSED: refusal_reference(*tested)}
    return Baseline(
        format=FORMAT,
        rows=rows,
        groups=groups,
        since=since,
        note=note,
        profiles={name: _stored(profile.compact(), inputs, name) for name, profile in profile_frame(inputs).items()},
        oddity=_oddities(inputs if odd_rows is None else odd_rows, inputs.columns),
        attribution=found.importance(),
        season=season,
        seasonal=seasonal,
        block=block,
        blocked=blocked,
    )


def error_references(error: NDArray[np.float64], *, bins: int = MOST_BINS) -> dict[str, Reference]:
    """Return the references of errors: of `error` itself (prediction less label, shape (n,)) and of its size."""
    sizes = np.abs(error)
    return {SIGNED_ERROR: numeric_reference(error, bins=bins), ABSOLUTE_ERROR: numeric_reference(sizes, bins=bins)}


def refusal_reference(rows: int, refused: int) -> NumericReference:
    """Return the reference of refusals: 1 for a refused row, 0 for another.

    Example:
        >>> refusal_reference(1000, 2).mean
        0.002
    """
    return numeric_reference(np.repeat([0.0, 1.0], [rows - refused, refused]))


def numbers_of(column: pl.Series) -> NDArray[np.float64]:
    """Return a numeric column as float64, shape (n,), NaN for null."""
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def names_of(column: pl.Series) -> list[object]:
    """Return a column of strings, enumerations or booleans as Python values, None for null."""
    is_bool = column.dtype == pl.Boolean
    values: list[object] = (column if is_bool else column.cast(pl.String)).to_list()
    return values


def is_number(column: pl.Series) -> bool:
    """Return whether a column is watched by rank."""
    return column.dtype.is_numeric()


def is_name(column: pl.Series) -> bool:
    """Return whether a column is watched by level."""
    return column.dtype in (pl.String, pl.Categorical, pl.Enum, pl.Boolean)


class _Observed(Struct, frozen=True, kw_only=True):
    """What was observed of n rows; arguments as of `build_baseline`."""

    inputs: pl.DataFrame
    predictions: NDArray[np.float64] | None
    attributions: NDArray[np.float64] | None
    features: tuple[str, ...]
    labels: NDArray[np.float64] | None
    expected: NDArray[np.float64] | None = None

    def where(self, rows: NDArray[np.bool_]) -> _Observed:
        """Return what was observed of some of the rows."""
        return _Observed(
            inputs=self.inputs.filter(pl.Series(rows)),
            predictions=None if self.predictions is None else self.predictions[rows],
            attributions=None if self.attributions is None else self.attributions[rows],
            features=self.features,
            labels=None if self.labels is None else self.labels[rows],
            expected=None if self.expected is None else self.expected[rows],
        )

    def columns(self, group: str) -> dict[str, NDArray[np.float64] | list[object]]:
        """Return the values of a group's quantities, n each."""
        if group == "inputs":
            columns = self.inputs.iter_columns()
            return {each.name: numbers_of(each) if is_number(each) else names_of(each) for each in columns}
        if group == "attributions" and self.attributions is not None:
            return {name: self.attributions[:, place] for place, name in enumerate(self.features)}
        if group == "estimates" and self.expected is not None:
            return {EXPECTED_LOSS: self.expected}
        assert self.predictions is not None
        if group == "predictions" or self.labels is None:
            return {PREDICTION: self.predictions}
        error = self.predictions - self.labels
        return {SIGNED_ERROR: error, ABSOLUTE_ERROR: np.abs(error)}

    def importance(self) -> dict[str, float]:
        """Return the mean |attribution| of each feature."""
        if self.attributions is None:
            return {}
        return dict(zip(self.features, np.abs(self.attributions).mean(axis=0).tolist(), strict=True))


def _references(
    found: _Observed, whole: Mapping[str, Mapping[str, Reference]] | None = None, *, seasons: int = 1
) -> dict[str, dict[str, Reference]]:
    """Return the references by group.

    Args:
        whole: of rows of one season, the references of all rows. seasons: how many there are; each has fewer cuts.
    """
    bins = max(FEWEST_BINS, MOST_BINS // seasons)
    groups = {"inputs": _input_references(found.inputs, whole["inputs"] if whole else {}, bins)}
    if found.predictions is not None:
        groups["predictions"] = {PREDICTION: numeric_reference(found.predictions, bins=bins)}
    if found.attributions is not None:
        columns = zip(found.features, found.attributions.T, strict=True)
        groups["attributions"] = {name: numeric_reference(values, bins=bins) for name, values in columns}
    if found.labels is not None and found.predictions is not None:
        error = found.predictions - found.labels
        groups["errors"] = error_references(error[~np.isnan(error)], bins=bins)
    if found.expected is not None:
        groups["estimates"] = {EXPECTED_LOSS: numeric_reference(found.expected, bins=bins)}
    return groups


def _blocked(
    whole: Mapping[str, Reference],
    seasonal: Sequence[Mapping[str, Reference]],
    columns: Mapping[str, NDArray[np.float64] | list[object]],
    seasons: NDArray[np.int64],
    blocks: NDArray[np.int64],
) -> BlockedGroup:
    numbers, places = np.unique(blocks, return_inverse=True)
    found = {
        quantity: block_reference(each, [part[quantity] for part in seasonal], columns[quantity], seasons, places)
        for quantity, each in whole.items()
    }
    return BlockedGroup(rows=blocks.size / numbers.size, lanes={name: each.lanes for name, each in found.items()})


def _input_references(frame: pl.DataFrame, whole: Mapping[str, Reference], bins: int) -> dict[str, Reference]:
    references: dict[str, Reference] = {}
    for column in frame.iter_columns():
        if is_number(column):
            references[column.name] = numeric_reference(numbers_of(column), bins=bins)
        elif is_name(column):
            known = whole.get(column.name)
            folded = isinstance(known, CategoryReference) and known.folded
            references[column.name] = category_reference(names_of(column), folded=folded)
    return references


def _oddities(frame: pl.DataFrame, names: Sequence[str]) -> OddityReference:
    columns = [frame.get_column(name) for name in names if name in frame.columns]
    return oddity_reference(
        {c.name: numbers_of(c) for c in columns if is_number(c)}, {c.name: names_of(c) for c in columns if is_name(c)}
    )


def _stored(profile: ColumnProfile, inputs: pl.DataFrame, name: str) -> ColumnProfile:
    return replace(profile, levels=levels_to_keep(inputs[name])) if profile.top.missed else profile


def _fits(values: NDArray[np.float64], rows: int, what: str) -> NDArray[np.float64]:
    flat = np.asarray(values, dtype=np.float64)
    if flat.shape != (rows,):
        raise WrongUse(f"{what} of shape {flat.shape} do not fit {rows} rows of inputs")
    return flat


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Baseline)
