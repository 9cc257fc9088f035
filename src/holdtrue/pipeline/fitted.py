"""Third station: split in time, fit, and load again from the stored form what will be served."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import polars as pl
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.attributions import explainer_for
from holdtrue.contracts import ContractSpec, EncoderSpec, fit_encoder
from holdtrue.flavors import flavor_named, flavor_of, require_storable
from holdtrue.foundation import HoldtrueError, canonical, micros_of
from holdtrue.pipeline.captured import CapturedCode
from holdtrue.pipeline.contender import Contender
from holdtrue.pipeline.records import Ground, RunRequest
from holdtrue.project import Model, Params, Parts, Rows, rows_of, split_rows
from holdtrue.store import Blob
from holdtrue.versions import matrix_bytes, matrix_of, read_whole

BACKGROUND_ROWS = 100
_KIND = "step"
_SAMPLE_ROWS = 200


class SplitRows(Struct, frozen=True, eq=False):
    """The three parts of the rows, encoder and contract fitted to the first, and the spans of time training saw."""

    encoder: EncoderSpec
    contract: ContractSpec
    train: Rows
    valid: Rows
    held: Rows
    seen: tuple[tuple[int, int], ...] = ()

    @property
    def sizes(self) -> dict[str, int]:
        """Rows in each part."""
        return {"train": len(self.train), "valid": len(self.valid), "held": len(self.held)}


class FittedModel(Struct, frozen=True, kw_only=True):
    """A fitted model as the store keeps it: its files, parameters, and the rows its reasons are measured against."""

    flavor: str
    files: dict[str, Blob]
    parameters: dict[str, Any]
    background: Blob


def split(model: Model, accepted: pl.DataFrame, since: int | None) -> SplitRows:
    """Split rows into train, valid and held: by time where there is one, within each regime after a change."""
    times = times_of(model, accepted)
    groups = accepted[model.group].to_numpy() if model.group else None
    parts: Parts = split_rows(
        times,
        accepted.height,
        held=model.held,
        valid=model.valid,
        groups=groups,
        since=since if times is not None else None,
        seed=model.seed,
    )
    encoder = fit_encoder(model.live, model.features, accepted[parts.train])
    rows = rows_of(accepted, encoder, model.spec, target=model.target, weight=model.weight, group=model.group)
    seen = () if times is None else spans(times[np.concatenate([parts.train, parts.valid])], since)
    return SplitRows(
        encoder,
        fitted_contract(model.spec, accepted[parts.train]),
        rows.take(parts.train),
        rows.take(parts.valid),
        rows.take(parts.held),
        seen,
    )


def fitted_contract(spec: ContractSpec, train: pl.DataFrame) -> ContractSpec:
    """Return the contract that has seen the training rows."""
    asked = [field.name for field in spec.fields if field.seen]
    return spec.fitted({name: tuple(sorted(train[name].drop_nulls().unique().to_list())) for name in asked})


def spans(times: NDArray[np.int64], since: int | None) -> tuple[tuple[int, int], ...]:
    """Return the first and last time of the rows before a change and of those since.

    Example:
        >>> spans(np.array([1, 5, 7, 9]), 6)
        ((1, 5), (7, 9))
    """
    regimes = [times] if since is None else [times[times < since], times[times >= since]]
    return tuple((int(regime.min()), int(regime.max())) for regime in regimes if len(regime))


def unseen(times: NDArray[np.int64], seen: tuple[tuple[int, int], ...]) -> NDArray[np.bool_]:
    """Return which rows lie in none of the spans, (n,).

    Example:
        >>> unseen(np.array([1, 6, 9, 12]), ((1, 5), (7, 9))).tolist()
        [False, True, False, True]
    """
    outside = np.ones(len(times), dtype=bool)
    for first, last in seen:
        outside &= (times < first) | (times > last)
    return outside


def times_of(model: Model, frame: pl.DataFrame) -> NDArray[np.int64] | None:
    """Return each row's time in microseconds since 1970, (n,); None where the model has no time."""
    if model.time is None:
        return None
    column = frame[model.time]
    if column.dtype == pl.Date:
        column = column.cast(pl.Datetime("us"))
    if column.dtype.is_temporal():
        return column.dt.epoch("us").fill_null(np.iinfo(np.int64).min).to_numpy()
    values = [np.iinfo(np.int64).min if value is None else micros_of(value) for value in column.to_list()]
    return np.array(values, dtype=np.int64)


def fit(ground: Ground, request: RunRequest, model: Model, rows: SplitRows, code: CapturedCode) -> FittedModel:
    """Call the user's training function among the files of its captured code, and store what it returns.

    Raises:
        ProjectBroken: the function failed, or returned what no flavor can keep.
        MissingExtra: a library is not installed that keeping the model will need.
    """
    require_storable(model.trained_by)
    params = Params(request.parameters, seed=model.seed)
    with code.running():
        trained = model.fit(rows.train, rows.valid, params)
        params.require_all_used()
        flavor = flavor_of(trained)
        files = flavor.save(trained, rows.train.X[:_SAMPLE_ROWS])
    background = _background(rows.train.X, model.seed)
    return FittedModel(
        flavor=flavor.name,
        files={name: ground.store.put_blob(data) for name, data in files.items()},
        parameters=params.values,
        background=ground.store.put_blob(matrix_bytes(background)),
    )


def _background(X: NDArray[np.float64], seed: int) -> NDArray[np.float64]:  # noqa: N803
    if len(X) <= BACKGROUND_ROWS:
        return X
    chosen = np.random.default_rng(seed).choice(len(X), BACKGROUND_ROWS, replace=False)
    return X[np.sort(chosen)]


def keep_fitted(ground: Ground, recipe: str, fitted: FittedModel) -> None:
    """Remember what a recipe gave, so that the same work is not done twice."""
    object_id = ground.store.put_object(_KIND, canonical(fitted))
    ground.store.commit()
    ground.catalog.steps.put(recipe, object_id, ground.clock.now())


def kept_fitted(ground: Ground, recipe: str) -> FittedModel | None:
    """Return what a recipe gave before, if it is still there."""
    object_id = ground.catalog.steps.get(recipe)
    if object_id is None:
        return None
    try:
        fitted = msgspec.json.decode(ground.store.get_object(object_id), type=FittedModel)
        for blob in (*fitted.files.values(), fitted.background):
            for _ in ground.store.read_blob(blob):
                pass
    except (HoldtrueError, msgspec.DecodeError):
        # A cache that cannot be read is no cache: do the work again.
        return None
    return fitted


def contender_of(ground: Ground, name: str, model: Model, rows: SplitRows, fitted: FittedModel) -> Contender:
    """Load a fitted model from its stored form: what is tested is what will be served."""
    flavor = flavor_named(fitted.flavor)
    predictor = flavor.load({path: read_whole(ground.store, blob) for path, blob in fitted.files.items()})
    explainer = explainer_for(flavor, predictor, matrix_of(read_whole(ground.store, fitted.background)))
    return Contender(name, predictor, rows.encoder, model.live, explainer)
