"""Which explainer: the most exact that the model allows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from holdtrue.attributions.linear import linear_explainer
from holdtrue.attributions.native import native_explainer
from holdtrue.attributions.permutation import PermutationExplainer
from holdtrue.attributions.protocol import Explainer, Matrix
from holdtrue.attributions.trees import TreeExplainer, missing_library, tree_explainer
from holdtrue.flavors import Flavor, Predictor
from holdtrue.foundation import WrongUse

_EXACT: tuple[Callable[[str, Predictor, Matrix], Explainer | None], ...] = (native_explainer, linear_explainer)


def explainer_for(flavor: str | Flavor, predictor: Predictor, background: Matrix, *, kept: str = "") -> Explainer:
    """Return the explainer of a model: its own, the closed form, TreeSHAP, or else sampled orders.

    Without shap a model of trees is explained by sampled orders, far slower; `missing_library` says so. A version that
    was registered with one of the two keeps it, whatever is installed: its baseline was measured with it.

    Args:
        flavor: the predictor's flavor, or its name.
        predictor: what is to be explained.
        background: (b, k) rows of training that travel with the version, 1 <= b; 100 are plenty.
        kept: the name that a registered version keeps of its explainer.

    Raises:
        WrongUse: the background is empty.
        MissingExtra: the version was registered with TreeSHAP, and shap is not installed.
    """
    if background.ndim != 2 or not len(background):
        raise WrongUse("an explainer needs at least one background row", hint="give it rows of the training part")
    background = np.ascontiguousarray(background, dtype=np.float64)
    name = flavor if isinstance(flavor, str) else flavor.name
    for exact in _EXACT:
        explainer = exact(name, predictor, background)
        if explainer is not None:
            return explainer
    if kept == TreeExplainer.name or (kept != PermutationExplainer.name and not missing_library(predictor)):
        trees = tree_explainer(name, predictor, background)
        if trees is not None:
            return trees
    return PermutationExplainer(predictor, background)
