"""A model as the gate sees it: it takes rows in contract form and predicts, whether just trained or in production."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdtrue.attributions import Explainer, explainer_for
from holdtrue.contracts import BatchChecker, ContractSpec, EncoderSpec, compile_row_encoder, encode_frame
from holdtrue.flavors import Predictor, flavor_named
from holdtrue.foundation import ContractError
from holdtrue.project import Rows
from holdtrue.store import Store
from holdtrue.versions import ModelManifest, matrix_of, read_whole

Matrix = NDArray[np.float64]


class Contender:
    """Predicts and explains rows in contract form.

    Args:
        name: how reports call it, such as `this version` or `house-price:v3`.
        predictor, encoder, spec: the loaded model, what turns rows into its matrix, and the live contract.
        explainer: what gives its reasons.
    """

    def __init__(
        self, name: str, predictor: Predictor, encoder: EncoderSpec, spec: ContractSpec, explainer: Explainer
    ) -> None:
        self.name = name
        self.predictor = predictor
        self.encoder = encoder
        self.spec = spec
        self.explainer = explainer
        self._row_encoder: Callable[[Mapping[str, Any]], Matrix] = compile_row_encoder(encoder)

    def matrix(self, frame: pl.DataFrame) -> Matrix:
        """Return what the model takes (n, k) of a typed frame with derived fields."""
        return encode_frame(self.encoder, frame)

    def predict(self, rows: Rows | pl.DataFrame | Sequence[Mapping[str, Any]]) -> Matrix:
        """Return predictions (n,) of Rows, of a typed frame, or of rows as a client would send them."""
        if isinstance(rows, Rows):
            rows = rows.frame
        if not isinstance(rows, pl.DataFrame):
            rows = self._typed(rows)
        return self.predictor.predict(self.matrix(rows))

    def predict_one(self, row: Mapping[str, Any]) -> float:
        """Return the prediction of one decoded row by the live road's own encoder."""
        return float(self.predictor.predict(self._row_encoder(row).reshape(1, -1))[0])

    def explain(self, frame: pl.DataFrame) -> Matrix:
        """Return attributions (n, k) in the unit of the prediction."""
        return self.explainer.explain(self.matrix(frame)).values

    def _typed(self, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
        result = BatchChecker(self.spec).check(pl.DataFrame([dict(row) for row in rows], infer_schema_length=None))
        if result.accepted.height != len(rows):
            reasons = result.quarantine.get_column("reasons").to_list()
            raise ContractError(f"a row given to predict is refused: {reasons[0][0]}", hint="mend the row")
        return result.accepted


def load_contender(store: Store, manifest: ModelManifest, name: str) -> Contender:
    """Load a registered version to compare with."""
    files = {path: read_whole(store, blob) for path, blob in manifest.files.items()}
    predictor = flavor_named(manifest.flavor).load(files)
    background = matrix_of(read_whole(store, manifest.background))
    explainer = explainer_for(manifest.flavor, predictor, background, kept=manifest.explainer)
    return Contender(name, predictor, manifest.encoder, manifest.contract.live(manifest.target), explainer)
