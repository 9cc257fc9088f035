"""LightGBM: its own text format, its own exact attributions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from holdtrue.flavors.lightgbm_text import require_sound
from holdtrue.flavors.link import Link
from holdtrue.flavors.matrix import FIT_FIRST, file_of, require_width, root_modules, same_predictions
from holdtrue.flavors.protocol import Description, Matrix
from holdtrue.flavors.single_row import single_row
from holdtrue.foundation import StoreDamaged, WrongUse, optional

_FILE = "model.txt"
_KIND = "kind.txt"
_ROW_BY_ROW = 8  # below this many rows the single-row call is quicker than one batch (5 against 22 µs + 2 a row)
_LINKS: dict[str, Link] = {
    "binary": "logit",
    "cross_entropy": "logit",
    "cross_entropy_lambda": "raw",
    "poisson": "log",
    "gamma": "log",
    "tweedie": "log",
}


class LightGBMPredictor:
    """A booster read from its text.

    One row costs about 5 µs on one thread; batches use all of LightGBM's threads. Contributions cost about 430 µs a
    row on one core (100 trees of 31 leaves), so they are for batches behind the request.
    """

    def __init__(self, text: str, kind: str = "Booster") -> None:
        lightgbm = _library()
        try:
            self._booster = lightgbm.Booster(model_str=text)
        except lightgbm.basic.LightGBMError as error:
            raise StoreDamaged(f"{_FILE} is no LightGBM model: {error}") from error
        self._kind = kind
        self._width = int(self._booster.num_feature())
        self._objective = _objective(text)
        self._scale = self._unit(text)
        self._explains = "\nis_linear=1" not in text  # LightGBM has no contributions for linear trees
        self._single = single_row(getattr(lightgbm.basic, "_LIB", None), self._booster, self._width)

    @property
    def link(self) -> Link:
        """Identity for regression; log for Poisson, gamma and Tweedie; logit for binary targets."""
        if "sqrt" in self._objective[1:]:
            return "signed-root"
        return _LINKS.get(self._objective[0], "identity")

    def predict(self, X: Matrix) -> Matrix:  # noqa: N803
        """Return predictions (n,) of X (n, k)."""
        require_width(X, self._width)
        rows = len(X)
        if self._single is not None and rows < _ROW_BY_ROW:
            one = self._single.predict
            return np.array([one(row) for row in X], dtype=np.float64)
        if not rows:
            return np.empty(0)
        # Threads do not pay for a few rows, and would fight with those of the other requests.
        threads = {"num_threads": 1} if rows < _ROW_BY_ROW else {}
        return np.asarray(self._booster.predict(np.ascontiguousarray(X, dtype=np.float64), **threads))

    def contributions(self, X: Matrix) -> tuple[Matrix, Matrix] | None:  # noqa: N803
        """Return exact TreeSHAP values (n, k) and base (n,), in the unit that `link` names."""
        require_width(X, self._width)
        if not self._explains:
            return None
        if not len(X):
            return np.empty((0, self._width)), np.empty(0)
        both = np.asarray(self._booster.predict(np.ascontiguousarray(X, dtype=np.float64), pred_contrib=True))
        both = both * self._scale
        return np.ascontiguousarray(both[:, :-1]), np.ascontiguousarray(both[:, -1])

    def describe(self) -> Description:
        """Return kind, width, number of trees and objective."""
        details: dict[str, Any] = {"trees": int(self._booster.num_trees()), "objective": self._objective[0]}
        return Description(flavor="lightgbm", kind=self._kind, features=self._width, link=self.link, details=details)

    def _unit(self, text: str) -> float:
        """Return what raw scores are multiplied by to be in the unit that `link` names."""
        slope = _sigmoid(self._objective)
        if "\naverage_output" in text.split("\nTree=", 1)[0]:
            return slope / int(self._booster.current_iteration())  # a random forest: scores are sums, predictions means
        return slope


class LightGBMFlavor:
    """Stores boosters and fitted LGBMModels as LightGBM's own text."""

    name = "lightgbm"
    stores = "Booster, LGBMRegressor, LGBMClassifier (two classes)"

    def matches(self, model: object) -> bool:
        """Return whether the object is LightGBM's Booster or LGBMModel, or a subclass of one."""
        return any(cls.__name__ in ("Booster", "LGBMModel") for cls in root_modules(model, "lightgbm"))

    def save(self, model: object, sample: Matrix) -> dict[str, bytes]:
        """Return the model's text, cut at its best iteration, proved to predict the same bits on the sample."""
        booster, classes = _booster_of(model)
        kind = type(model).__name__
        if classes is not None and len(classes) > 2:
            raise WrongUse(
                f"the {kind} knows {len(classes)} classes: a version serves one number a row",
                hint="train for one class against the rest, or use a regressor",
            )
        if any(booster.pandas_categorical or ()):
            raise WrongUse(
                f"the {kind} was trained on pandas categories, whose codes only that frame knows",
                hint="fit it on train.X with categorical_feature=train.categorical",
            )
        text = booster.model_to_string()
        files = {_FILE: text.encode(), _KIND: kind.encode()}
        if booster.num_model_per_iteration() > 1:
            raise WrongUse(f"the {kind} gives several numbers a row: a version serves one")
        loaded = self.load(files)
        before = booster.predict(np.ascontiguousarray(sample, dtype=np.float64), predict_disable_shape_check=True)
        same_predictions(kind, np.asarray(before), loaded.predict(sample), tolerance=0.0)
        return files

    def load(self, files: Mapping[str, bytes]) -> LightGBMPredictor:
        """Return the predictor of a text that `save` wrote."""
        text = require_sound(file_of(files, _FILE), _FILE)
        return LightGBMPredictor(text, files.get(_KIND, b"Booster").decode(errors="replace"))


def _library() -> Any:
    return optional("lightgbm", extra="lightgbm", purpose="a LightGBM model")


def _booster_of(model: Any) -> tuple[Any, Any]:
    """Return the booster within and its classes, where it has any."""
    lightgbm = _library()
    if isinstance(model, lightgbm.Booster):
        return model, None
    if getattr(model, "_Booster", None) is None:
        raise WrongUse(f"the {type(model).__name__} is not fitted", hint=FIT_FIRST)
    return model.booster_, getattr(model, "classes_", None)


def _objective(text: str) -> list[str]:
    """Return the words of the line `objective=...`, which custom objectives lack."""
    head = text.split("\nTree=", 1)[0]
    line = next((line for line in head.splitlines() if line.startswith("objective=")), "objective=custom")
    return line.removeprefix("objective=").split() or ["custom"]


def _sigmoid(objective: list[str]) -> float:
    """Return LightGBM's slope of the logistic curve, 1 by default: raw scores times it are log-odds."""
    found = [word for word in objective if word.startswith("sigmoid:")]
    return float(found[0].removeprefix("sigmoid:")) if found and objective[0] == "binary" else 1.0
