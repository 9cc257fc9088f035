"""Why: each feature's share in a prediction, by the most exact way the model allows. One file an explainer."""

from holdtrue.attributions.linear import LinearExplainer
from holdtrue.attributions.lookup import explainer_for
from holdtrue.attributions.native import NativeExplainer
from holdtrue.attributions.permutation import PermutationExplainer
from holdtrue.attributions.protocol import Attributions, Explainer
from holdtrue.attributions.summary import mean_absolute, shares
from holdtrue.attributions.trees import TreeExplainer, missing_library

__all__ = [
    "Attributions",
    "Explainer",
    "LinearExplainer",
    "NativeExplainer",
    "PermutationExplainer",
    "TreeExplainer",
    "explainer_for",
    "mean_absolute",
    "missing_library",
    "shares",
]
