"""Summaries of data: mergeable profiles of columns, references for detectors, and the baseline made of them."""

from holdtrue.profiles.baseline import (
    ABSOLUTE_ERROR,
    PREDICTION,
    REFUSED,
    SIGNED_ERROR,
    Baseline,
    build_baseline,
    error_references,
)
from holdtrue.profiles.columns import ColumnProfile, merge, profile_column, profile_frame
from holdtrue.profiles.oddities import NumberLimits, OddityReference, oddity_reference
from holdtrue.profiles.references import (
    FARTHEST,
    MISSING,
    CategoryReference,
    NumericReference,
    Reference,
    category_reference,
    fold,
    level_of,
    merge_categories,
    numeric_reference,
)
from holdtrue.profiles.sketch import QuantileSketch, merge_sketches, sketch

__all__ = [
    "ABSOLUTE_ERROR",
    "FARTHEST",
    "MISSING",
    "PREDICTION",
    "REFUSED",
    "SIGNED_ERROR",
    "Baseline",
    "CategoryReference",
    "ColumnProfile",
    "NumberLimits",
    "NumericReference",
    "OddityReference",
    "QuantileSketch",
    "Reference",
    "build_baseline",
    "category_reference",
    "error_references",
    "fold",
    "level_of",
    "merge",
    "merge_categories",
    "merge_sketches",
    "numeric_reference",
    "oddity_reference",
    "profile_column",
    "profile_frame",
    "sketch",
]
