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
from holdtrue.profiles.blocks import WITHIN, Block, BlockedGroup, block_reference
from holdtrue.profiles.columns import ColumnProfile, profile_frame
from holdtrue.profiles.held import HeldSample, held_places, held_sample
from holdtrue.profiles.known_levels import levels_to_keep
from holdtrue.profiles.observed import Learnt, Observed, learn, matter_of, plain_columns
from holdtrue.profiles.oddities import OddityReference, oddity_reference
from holdtrue.profiles.quantities import ABSOLUTE_ERROR, LABEL, REFUSED, SIGNED_ERROR
from holdtrue.profiles.references import MOST_BINS, NumericReference, Reference, numeric_reference
from holdtrue.profiles.seasons import Season
from holdtrue.profiles.stored import stored_form
from holdtrue.profiles.views import Matter

FORMAT = 1

FEWEST_BINS = 128
"""Cuts that a season has at least: ranks are clipped at 0.005, so these tell as much as there is but for the tails."""


class Baseline(Struct, frozen=True, kw_only=True):
    """What a model version is watched against.

    Attributes:
        format: number of the stored form.
        rows: rows it was made of.
        groups: group to quantity to reference; groups are `inputs` (fields, and views of those that are no number and
            no name), `pairs` (fields that move together), `predictions` and `errors` (see `predicted` and `errors`),
            `attributions` (one per feature), `tests` ("refused": 1 for each row that the live contract refused, 0 for
            the others; and the same of each test), `labels` ("label") and `estimates`
            ("expected loss": what the label is expected to show, before it comes).
        learnt: what the figures of a row are worked out by.
        since: the rows begin at this time (microseconds since 1970), where they are only those since a change.
        note: where the rows come from, in words.
        profiles: profile of each input.
        oddity: limits of what is marked as odd.
        attribution: mean |attribution| of each feature, in the unit of the prediction.
        season: what parts rows into those that are compared with each other; None: all are.
        seasonal: group to, for each season, what `groups` holds of its rows alone; groups without a time are not in it.
        block: what makes rows that depend on each other one; None: each is judged by itself.
        blocked: group to what its blocks were like; groups without a time are not in it.
        sample: some of its rows as they were, for the diagnosis of alarms.
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
    sample: HeldSample | None = None
    learnt: Learnt = Learnt()

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
    task: str = "regression",
    kinds: Mapping[str, str] | None = None,
    times: NDArray[np.int64] | None = None,
    other_rows: pl.DataFrame | None = None,
    expected: NDArray[np.float64] | None = None,
    tested: tuple[int, int] | None = None,
    failed: Mapping[str, int] | None = None,
    odd_rows: pl.DataFrame | None = None,
    segments: pl.DataFrame | None = None,
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
            Numbers are watched by rank; strings, enumerations and booleans by level; texts, dates, lists, vectors and
            media by their views.
        predictions: shape (n,). labels: shape (n,), needs predictions; NaN where the label is not known.
        attributions: shape (n, k), in the unit of the prediction. features: their k names.
        task: `regression`, or `binary`: predictions are the probability of the positive class, labels 0 and 1.
        kinds: field to its kind in the contract; without it, strings are names and not texts.
        times: of the rows, microseconds since 1970: dates are watched by how long before it they lie.
        other_rows: rows with the columns of `inputs` that views and pairs are learnt from, in the order of their time,
            such as those the model was fitted on. Without them half of `inputs` is taken, drawn by a fixed seed, and
            the other half says how they are distributed.
        expected: shape (n,): the loss expected of each row by what was not fitted to it.
        tested: rows of the data that were tested, and how many of them were refused as live rows would be.
        failed: test to how many of those rows failed it.
        odd_rows: the rows that say what is odd, with the columns of `inputs`; best all training rows, as more rows
            make rarer marks possible; by default `inputs`.
        segments: fields of the same rows that are not watched but say which of them belong together: an alarm says in
            which of their levels a change is strongest.
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
    if labels is not None and predictions is None:
        raise WrongUse("errors need predictions beside the labels")
    given = kinds or {}
    found_matters = {each.name: matter_of(each, given.get(each.name, "")) for each in inputs.iter_columns()}
    matters = {name: matter for name, matter in found_matters.items() if matter is not None}
    told = None if predictions is None else _fits(predictions, rows, "predictions")
    half = _half(rows)
    taught = half if other_rows is None else np.zeros(rows, dtype=np.bool_)
    learnt = learn(inputs.filter(pl.Series(half)) if other_rows is None else other_rows, matters, times, task)
    if told is not None and task != "binary" and half.any():
        learnt = replace(learnt, usual=(float(told[half].min()), float(told[half].max())))
    found = Observed(
        inputs=inputs,
        matters=matters,
        times=None if times is None else np.asarray(times, dtype=np.int64),
        predictions=told,
        attributions=None if attributions is None else np.asarray(attributions, dtype=np.float64),
        features=tuple(features),
        labels=None if labels is None else _fits(labels, rows, "labels"),
        learnt=learnt,
        taught=taught,
        ranged=half,
        expected=None if expected is None else _fits(expected, rows, "expected losses"),
    )
    if found.attributions is not None and found.attributions.shape != (rows, len(features)):
        shape = found.attributions.shape
        raise WrongUse(f"attributions of shape {shape} do not fit {rows} rows of {len(features)} features")
    groups = found.references(MOST_BINS, {})
    seasonal: dict[str, tuple[dict[str, Reference], ...]] = {}
    if season is not None:
        if seasons is None or seasons.shape != (rows,):
            raise WrongUse(f"it must be given which {season.of} each of the {rows} rows is of")
        count = len(season.names)
        bins = max(FEWEST_BINS, MOST_BINS // count)
        parts = [found.where(seasons == place).references(bins, groups) for place in range(count)]
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
            apart = season is not None and block.of in WITHIN.get(season.of, ())
            blocked[group] = _blocked(
                whole, seasonal.get(group, (whole,)), columns, places[has], blocks[has], apart=apart
            )
    places_kept = held_places(rows)
    kept = found.where(places_kept)
    together = {} if segments is None else {each.name: each.to_list() for each in segments.iter_columns()}
    sample = held_sample({group: kept.columns(group) for group in groups}, together, places_kept)
    if found.labels is not None:
        groups["labels"] = {LABEL: numeric_reference(found.labels, partial=True)}
    if tested is not None:
        groups["tests"] = {REFUSED: refusal_reference(*tested)}
        groups["tests"] |= {test: refusal_reference(tested[0], count) for test, count in (failed or {}).items()}
    plain = [name for name, matter in found_matters.items() if matter in ("number", "name", "date", None)]
    return Baseline(
        format=FORMAT,
        rows=rows,
        groups=groups,
        since=since,
        note=note,
        profiles={name: _stored(each.compact(), inputs, name) for name, each in profile_frame(inputs[plain]).items()},
        oddity=_oddities(inputs if odd_rows is None else odd_rows, matters),
        attribution=found.importance(),
        season=season,
        seasonal=seasonal,
        block=block,
        blocked=blocked,
        sample=sample,
        learnt=learnt,
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


def _half(rows: int) -> NDArray[np.bool_]:
    """Draw half of the rows; not every second one, for rows may come in an order that has a period."""
    half = np.zeros(rows, dtype=np.bool_)
    half[np.random.default_rng(rows).permutation(rows)[: rows // 2]] = True
    return half


def _blocked(
    whole: Mapping[str, Reference],
    seasonal: Sequence[Mapping[str, Reference]],
    columns: Mapping[str, NDArray[np.float64] | list[object]],
    seasons: NDArray[np.int64],
    blocks: NDArray[np.int64],
    *,
    apart: bool,
) -> BlockedGroup:
    numbers, places = np.unique(blocks, return_inverse=True)
    found = {
        quantity: block_reference(
            each, [part[quantity] for part in seasonal], columns[quantity], seasons, places, apart
        )
        for quantity, each in whole.items()
    }
    return BlockedGroup(
        rows=blocks.size / numbers.size,
        lanes={name: each.lanes for name, each in found.items()},
        by_season={name: each.by_season for name, each in found.items()} if apart else {},
    )


def _oddities(frame: pl.DataFrame, matters: Mapping[str, Matter]) -> OddityReference:
    own = {name: matter for name, matter in matters.items() if name in frame.columns}
    columns = plain_columns(frame, own)
    return oddity_reference(
        {name: values for name, values in columns.items() if isinstance(values, np.ndarray)},
        {name: values for name, values in columns.items() if not isinstance(values, np.ndarray)},
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
