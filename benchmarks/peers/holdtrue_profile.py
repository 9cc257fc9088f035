"""The profile of `bench_profiles.py`, made part by part and merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from answering import answer

from holdtrue.profiles import ColumnProfile, merge_frames, profile_frame
from holdtrue.sources import table_parts


def profiled(files: Sequence[tuple[Path, str]]) -> dict[str, ColumnProfile]:
    """Read and profile part by part."""
    merged: dict[str, ColumnProfile] = {}
    for part in table_parts(files):
        found = profile_frame(part.frame)
        merged = merge_frames(merged, found) if merged else found
    return merged


def profile(file: str) -> Mapping[str, int]:
    """Read and profile; count rows and missing values."""
    profiles = {name: each.compact() for name, each in profiled([(Path(file), file)]).items()}
    return {
        "rows": max(each.count for each in profiles.values()),
        "nulls": sum(each.nulls for each in profiles.values()),
    }


if __name__ == "__main__":
    answer(profile, distribution="holdtrue", gives="four moments, 512 quantiles, distinct, frequent values, lengths")
