"""Segments are named where the change is concentrated, and hardly ever where it is not."""

from __future__ import annotations

import numpy as np

from holdtrue.monitors.diagnosis.segments import BY_CHANCE, cuts_of, parts_of, segments_of
from holdtrue.profiles import category_reference, numeric_reference


def _fields(rng: np.random.Generator, n: int) -> dict[str, object]:
    return {
        "shop": [f"shop {i}" for i in rng.integers(0, 8, n)],
        "size": rng.gamma(3, 2, n),
        "beds": rng.integers(1, 5, n).astype(float),
    }


def _found(rng: np.random.Generator, shift: float, extra: float):
    then, now = _fields(rng, 1000), _fields(rng, 300)
    references = {
        "shop": category_reference(then["shop"]),
        "size": numeric_reference(then["size"]),
        "beds": numeric_reference(then["beds"]),
    }
    before, later = rng.normal(size=1000), rng.normal(size=300) + shift
    later += extra * np.array([shop == "shop 3" for shop in now["shop"]])
    cuts = cuts_of(references, then, now)
    return segments_of(cuts, before, later, before, later), cuts, before, later


def test_a_change_in_one_shop_is_named_there_first() -> None:
    (segments, tried), *_ = _found(np.random.default_rng(0), 0.2, 2.0)
    assert tried == 16
    assert (segments[0].field, segments[0].value) == ("shop", "shop 3")
    assert segments[0].by_chance < 0.001
    assert segments[0].now > segments[0].before + 1.5
    assert segments[0].part > 0.4


def test_where_the_change_is_everywhere_alike_no_segment_is_named_but_by_the_stated_chance() -> None:
    """400 draws: more than 33 with a segment come in under 1 of 100 runs at the stated 5% (binomial)."""
    named = sum(bool(_found(np.random.default_rng((1, seed)), 0.8, 0.0)[0][0]) for seed in range(400))
    assert named <= 33
    assert BY_CHANCE == 0.05


def test_the_parts_of_a_fields_segments_add_up_to_the_change() -> None:
    _, cuts, before, now = _found(np.random.default_rng(2), 0.5, 1.0)
    parts = parts_of([cut for cut in cuts if cut.field == "shop"], before, now)
    assert np.isclose(sum(value for _, value, _, _ in parts), now.mean() - before.mean())
    assert max(parts, key=lambda part: part[1])[0] == "shop = shop 3"
