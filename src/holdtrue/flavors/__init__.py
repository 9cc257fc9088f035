"""One file per model library: bytes in, bytes out, predict, explain natively. Loading runs no code."""

from holdtrue.flavors.lightgbm import LightGBMFlavor, LightGBMPredictor
from holdtrue.flavors.link import UNITS, Link, to_link
from holdtrue.flavors.lookup import ENTRY_POINTS, flavor_named, flavor_of, flavors, require_storable
from holdtrue.flavors.protocol import Description, Flavor, Predictor
from holdtrue.flavors.sklearn import SklearnFlavor, SklearnPredictor
from holdtrue.flavors.trusted import TRUSTED

__all__ = [
    "ENTRY_POINTS",
    "TRUSTED",
    "UNITS",
    "Description",
    "Flavor",
    "LightGBMFlavor",
    "LightGBMPredictor",
    "Link",
    "Predictor",
    "SklearnFlavor",
    "SklearnPredictor",
    "flavor_named",
    "flavor_of",
    "flavors",
    "require_storable",
    "to_link",
]
