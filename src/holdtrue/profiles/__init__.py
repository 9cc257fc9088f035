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
from holdtrue.profiles.columns import (
    KEPT,
    ColumnKind,
    ColumnProfile,
    Frequent,
    merge,
    merge_frames,
    profile_column,
    profile_frame,
)
from holdtrue.profiles.distinct import DistinctSketch, distinct_names, distinct_numbers, merge_distinct
from holdtrue.profiles.moments import FARTHEST, Moments, merge_moments, moments_of
from holdtrue.profiles.oddities import NumberLimits, OddityReference, oddity_reference
from holdtrue.profiles.quantiles import QuantileSketch, merge_sketches, sketch
from holdtrue.profiles.references import (
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

__all__ = [
    "ABSOLUTE_ERROR",
    "FARTHEST",
    "KEPT",
    "MISSING",
    "PREDICTION",
    "REFUSED",
    "SIGNED_ERROR",
    "Baseline",
    "CategoryReference",
    "ColumnKind",
    "ColumnProfile",
    "DistinctSketch",
    "Frequent",
    "Moments",
    "NumberLimits",
    "NumericReference",
    "OddityReference",
    "QuantileSketch",
    "Reference",
    "build_baseline",
    "category_reference",
    "distinct_names",
    "distinct_numbers",
    "error_references",
    "fold",
    "level_of",
    "merge",
    "merge_categories",
    "merge_distinct",
    "merge_frames",
    "merge_moments",
    "merge_sketches",
    "moments_of",
    "numeric_reference",
    "oddity_reference",
    "profile_column",
    "profile_frame",
    "sketch",
]
