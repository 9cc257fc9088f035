"""Scikit-learn: stored by skops, which names every type in the file before anything is built."""

from __future__ import annotations

import copy
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from holdtrue.flavors.link import Link
from holdtrue.flavors.matrix import FIT_FIRST, file_of, require_width, root_modules, same_predictions
from holdtrue.flavors.protocol import Description, Matrix
from holdtrue.flavors.trusted import TRUSTED
from holdtrue.foundation import StoreDamaged, WrongUse, optional

STAY_PLAIN = "use scikit-learn's own estimators and functions; loading runs no code of a stored model"
_FILE = "model.skops"
_TOLERANCE = 1e-9  # forests add their trees in the order the threads finish: the last bits may differ


class SklearnPredictor:
    """A fitted estimator or pipeline, and how to get one number a row out of it."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator
        self._width = int(getattr(estimator, "n_features_in_", -1))
        self._classifies = _classifies(estimator)

    @property
    def link(self) -> Link:
        """The unit of attributions: log-odds or logarithms for boosted trees of such a loss, else the prediction's."""
        return _link(self.estimator)

    def predict(self, X: Matrix) -> Matrix:  # noqa: N803
        """Return predictions (n,); of a classifier the probability of its second class."""
        if self._width >= 0:
            require_width(X, self._width)
        if not len(X):
            return np.empty(0)
        if self._classifies:
            return np.ascontiguousarray(self.estimator.predict_proba(X)[:, 1], dtype=np.float64)
        return np.asarray(self.estimator.predict(X), dtype=np.float64)

    def contributions(self, X: Matrix) -> tuple[Matrix, Matrix] | None:  # noqa: N803
        """Return None: scikit-learn explains nothing by itself."""
        return None

    def describe(self) -> Description:
        """Return the kind (of a pipeline, its steps) and the width."""
        steps = [type(part).__name__ for _, part in getattr(self.estimator, "steps", [])]
        details: dict[str, Any] = {"steps": steps} if steps else {}
        kind = type(self.estimator).__name__
        return Description(flavor="sklearn", kind=kind, features=self._width, link=self.link, details=details)


class SklearnFlavor:
    """Stores scikit-learn's estimators and pipelines."""

    name = "sklearn"
    stores = "regressors, two-class classifiers with predict_proba, and pipelines that end in one"

    def matches(self, model: object) -> bool:
        """Return whether the object is a scikit-learn estimator that predicts, by its ancestors."""
        kin = any(cls.__name__ == "BaseEstimator" for cls in root_modules(model, "sklearn"))
        return kin and hasattr(model, "predict")

    def save(self, model: object, sample: Matrix) -> dict[str, bytes]:
        """Return the file, proved to predict the same on the sample (to 1e-9: forests sum in no fixed order)."""
        kind = type(model).__name__
        _require_one_number(model, kind)
        model = _kept(model)
        try:
            before = SklearnPredictor(model).predict(sample)
        except ValueError as error:
            raise WrongUse(
                f"the {kind} cannot predict from train.X: {error}",
                hint="fit it on train.X, a matrix of numbers where NaN is missing; columns have places, not names",
            ) from error
        skops = optional("skops.io", extra="sklearn", purpose="a scikit-learn model")
        # The arrays of a forest shrink to a fifth; zlib is in the standard library everywhere.
        try:
            body = skops.dumps(model, compression=zipfile.ZIP_DEFLATED, compresslevel=6)
        except (skops.exceptions.UnsupportedTypeException, RecursionError) as error:
            reason = "it holds a reference to itself" if isinstance(error, RecursionError) else str(error)
            raise WrongUse(f"skops cannot store this {kind}: {reason}", hint=STAY_PLAIN) from error
        files = {_FILE: body}
        same_predictions(kind, before, self.load(files).predict(sample), tolerance=_TOLERANCE)
        return files

    def load(self, files: Mapping[str, bytes]) -> SklearnPredictor:
        """Return the predictor; types on neither skops' list nor ours are refused by name before any is built."""
        skops = optional("skops.io", extra="sklearn", purpose="a scikit-learn model")
        body = file_of(files, _FILE)
        try:
            found = set(skops.get_untrusted_types(data=body))
        except Exception as error:
            raise StoreDamaged(f"{_FILE} is no skops file: {type(error).__name__}: {error}") from error
        if strangers := sorted(found - TRUSTED):
            raise WrongUse(
                f"the model holds types that are not trusted: {', '.join(strangers)}",
                hint=STAY_PLAIN,
            )
        try:
            estimator = skops.loads(body, trusted=sorted(found))
        except Exception as error:
            raise StoreDamaged(f"{_FILE} cannot be read: {type(error).__name__}: {error}") from error
        if not (hasattr(estimator, "predict") and hasattr(estimator, "get_params")):
            raise StoreDamaged(f"{_FILE} holds a {type(estimator).__name__}, which is no model")
        for part in _parts(estimator):
            # Columns have places here, not names: without this each call would warn of missing names.
            vars(part).pop("feature_names_in_", None)
            # A thread pool costs a single row 30 ms, and sums the trees in no fixed order.
            if getattr(part, "n_jobs", None) is not None:
                part.n_jobs = 1
        return SklearnPredictor(estimator)


def _kept(model: Any) -> Any:
    """Return the part of an estimator that predicts: of a search the best it found, of a tuned threshold its model.

    How a search drew and scored its trials is not needed to predict, and may be of types that are not to be loaded.
    """
    if any(cls.__name__ == "BaseSearchCV" for cls in type(model).__mro__) and hasattr(model, "best_estimator_"):
        return _kept(model.best_estimator_)
    if type(model).__name__ == "TunedThresholdClassifierCV":  # a version answers with probabilities, not decisions
        return _kept(model.estimator_)
    if "_raw_predict" in vars(model):
        # HistGradientBoosting with a scorer leaves one of its methods in itself, a circle that cannot be written.
        model = copy.copy(model)
        del model._raw_predict
    return model


def _require_one_number(model: Any, kind: str) -> None:
    if not hasattr(model, "n_features_in_"):
        raise WrongUse(f"the {kind} is not fitted", hint=FIT_FIRST)
    if not _classifies(model):
        return
    if len(model.classes_) != 2:
        raise WrongUse(
            f"the {kind} knows {len(model.classes_)} classes: a version serves one number a row",
            hint="train for one class against the rest, or use a regressor",
        )
    if not hasattr(model, "predict_proba"):
        raise WrongUse(
            f"the {kind} gives no probabilities", hint="wrap it in sklearn.calibration.CalibratedClassifierCV"
        )


def _link(estimator: Any) -> Link:
    kind, loss = type(estimator).__name__, getattr(estimator, "loss", "")
    if kind in ("GradientBoostingClassifier", "HistGradientBoostingClassifier") and loss == "log_loss":
        return "logit"
    if kind == "HistGradientBoostingRegressor" and loss in ("poisson", "gamma"):
        return "log"
    return "identity"


def _classifies(estimator: Any) -> bool:
    return getattr(estimator, "classes_", None) is not None


def _parts(estimator: Any) -> Iterator[Any]:
    """Yield the estimator and whatever of scikit-learn's it holds: steps, transformers, members of a vote."""
    seen: set[int] = set()
    waiting = [estimator]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, (list, tuple)):
            waiting.extend(part)
        elif isinstance(part, dict):
            waiting.extend(part.values())
        elif root_modules(part, "sklearn") and not isinstance(part, type) and hasattr(part, "__dict__"):
            yield part
            waiting.extend(vars(part).values())
