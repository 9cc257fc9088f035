"""A model version in memory, with everything it needs to answer: nothing of it is read from the working tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdtrue.attributions import Explainer, explainer_for
from holdtrue.contracts import BatchChecker, ContractSpec, RowChecker, encode_rows
from holdtrue.flavors import Predictor
from holdtrue.media import MEDIA
from holdtrue.monitors import Estimator
from holdtrue.profiles import Baseline, OddityReference
from holdtrue.versions import ModelManifest, SelfTest

Matrix = NDArray[np.float64]


class LoadedVersion:
    """One model version, ready to predict; safe to share between threads. Made by `load_version`.

    Attributes:
        id: the version's id.
        manifest: what it is made of.
        contract: the live form of its contract: less the target and all that reads it.
        checker: judges live rows by that contract.
        matrix: turns decoded rows (derived fields included) into the float64 (n, k) that the model takes.
        predictor: the model.
        baseline: what its inputs, predictions, attributions and errors were on held rows.
        selftest: stored rows with the predictions they had in training.
        reads_media: whether its live rows bring pictures, sounds or films.
        background: (m, k), the rows that attributions are measured against.
        estimator: what estimates its performance without labels; None where it has none.
    """

    def __init__(
        self,
        version_id: str,
        manifest: ModelManifest,
        predictor: Predictor,
        baseline: Baseline,
        selftest: SelfTest,
        background: Matrix,
        estimator: Estimator | None = None,
    ) -> None:
        self.id, self.manifest, self.predictor = version_id, manifest, predictor
        self.baseline, self.selftest, self.background = baseline, selftest, background
        self.estimator = estimator
        self.contract: ContractSpec = manifest.contract.live(manifest.target)
        self.checker = RowChecker(self.contract, live=True)
        self.reads_media = any(field.kind in MEDIA for field in self.contract.fields)
        self.matrix: Callable[[Sequence[Mapping[str, Any]]], Matrix] = encode_rows(manifest.encoder)

    @property
    def model(self) -> str:
        """The model's name."""
        return self.manifest.model

    @property
    def oddity(self) -> OddityReference:
        """What makes a row odd to this version."""
        return self.baseline.oddity

    @cached_property
    def explainer(self) -> Explainer:
        """Gives each feature's share in a prediction; made at first use, for it may need a heavy library."""
        return explainer_for(self.manifest.flavor, self.predictor, self.background, kept=self.manifest.explainer)

    @cached_property
    def batch_checker(self) -> BatchChecker:
        """Judges whole tables by the same contract, in the same words."""
        return BatchChecker(self.contract)

    @cached_property
    def label_checker(self) -> RowChecker:
        """Judges labels: the part of the contract that is the target's field alone."""
        spec = self.manifest.contract
        target = tuple(field for field in spec.fields if field.name == self.manifest.target)
        return RowChecker(ContractSpec(name=spec.name, fields=target))

    def predict_matrix(self, matrix: Matrix) -> Matrix:
        """Return the predictions (n,) of encoded rows (n, k)."""
        return self.predictor.predict(matrix)

    def predict_rows(self, rows: Sequence[Mapping[str, Any]]) -> Matrix:
        """Return the predictions (n,) of decoded rows, derived fields included (a verdict's `row`)."""
        return self.predictor.predict(self.matrix(rows))
