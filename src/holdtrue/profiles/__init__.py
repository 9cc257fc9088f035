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
    MOST_OR_ALL,
    ColumnKind,
    ColumnProfile,
    Frequent,
    kind_of_column,
    merge,
    merge_frames,
    profile_column,
    profile_frame,
)
from holdtrue.profiles.comoments import Comoments, comoments_of, merge_comoments
from holdtrue.profiles.distinct import DistinctSketch, distinct_names, distinct_numbers, merge_distinct
from holdtrue.profiles.drift import HALF, SELDOM, Chance, Drift, by_chance, drift, drifts
from holdtrue.profiles.known_levels import MOST_KNOWN, KnownLevels, known_levels
from holdtrue.profiles.languages import LANGUAGES, TextSample, language_of, languages_like
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
from holdtrue.profiles.sampling import RowSample
from holdtrue.profiles.seasons import PARTS, Season
from holdtrue.profiles.tables import TableProfile, profile_table

__all__ = [
    "ABSOLUTE_ERROR",
    "FARTHEST",
    "HALF",
    "KEPT",
    "LANGUAGES",
    "MISSING",
    "MOST_KNOWN",
    "MOST_OR_ALL",
    "PARTS",
    "PREDICTION",
    "REFUSED",
    "SELDOM",
    "SIGNED_ERROR",
    "Baseline",
    "CategoryReference",
    "Chance",
    "ColumnKind",
    "ColumnProfile",
    "Comoments",
    "DistinctSketch",
    "Drift",
    "Frequent",
    "KnownLevels",
    "Moments",
    "NumberLimits",
    "NumericReference",
    "OddityReference",
    "QuantileSketch",
    "Reference",
    "RowSample",
    "Season",
    "TableProfile",
    "TextSample",
    "build_baseline",
    "by_chance",
    "category_reference",
    "comoments_of",
    "distinct_names",
    "distinct_numbers",
    "drift",
    "drifts",
    "error_references",
    "fold",
    "kind_of_column",
    "known_levels",
    "language_of",
    "languages_like",
    "level_of",
    "merge",
    "merge_categories",
    "merge_comoments",
    "merge_distinct",
    "merge_frames",
    "merge_moments",
    "merge_sketches",
    "moments_of",
    "numeric_reference",
    "oddity_reference",
    "profile_column",
    "profile_frame",
    "profile_table",
    "sketch",
]
