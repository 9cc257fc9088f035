"""Why: each feature's share in a prediction, by the most exact way the model allows. One file an explainer."""

from holdtrue.attributions.histograms import HistogramExplainer
from holdtrue.attributions.linear import LinearExplainer
from holdtrue.attributions.lookup import explainer_for, missing_library
from holdtrue.attributions.native import NativeExplainer
from holdtrue.attributions.permutation import PermutationExplainer
from holdtrue.attributions.protocol import Attributions, Explainer
from holdtrue.attributions.summary import mean_absolute, shares
from holdtrue.attributions.trees import TreeExplainer

__all__ = [
    "Attributions",
    "Explainer",
    "HistogramExplainer",
    "LinearExplainer",
    "NativeExplainer",
    "PermutationExplainer",
    "TreeExplainer",
    "explainer_for",
    "mean_absolute",
    "missing_library",
    "shares",
]
