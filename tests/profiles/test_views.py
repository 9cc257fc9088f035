"""Views: figures of texts, dates, lists, vectors and media, the same for a baseline's rows and for live ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.foundation import DAY, micros_of
from holdtrue.profiles import Baseline, NumericReference, View, build_baseline, matter_of, view_values, views_of
from holdtrue.profiles.views import Column

ENGLISH = ("the house has a large garden and a garage", "a flat near the station", "no lift in the house")


def values_of(views: dict[str, View], values: list[object], times: np.ndarray | None = None) -> dict[str, Column]:
    return view_values(views, values, times)


def test_a_text_has_its_length_its_words_and_its_letters() -> None:
    views = views_of("note", "text", list(ENGLISH) * 30)
    assert [view.first for view in views.values()] == [True, False, False, False]
    found = values_of(views, ["the house", "das Haus hat einen Garten", "", None, "1234"])
    assert found["note length"].tolist()[:3] == [9, 25, 0]
    assert np.isnan(found["note length"][3])
    assert found["note new words"].tolist()[:2] == [0.0, 1.0]
    assert found["note frequent words"][0] == 1.0
    assert np.isnan(found["note new words"][2:]).all()  # no word: nothing to say, rather than missing
    assert found["note letters"][0] > found["note letters"][1] + 1


@given(st.lists(st.one_of(st.none(), st.text(max_size=40)), min_size=1, max_size=12), st.integers(0, 12))
def test_views_of_texts_do_not_depend_on_the_rows_beside(texts: list[str | None], cut: int) -> None:
    views = views_of("note", "text", [*ENGLISH, *texts])
    whole = view_values(views, texts)
    parts = [view_values(views, texts[:cut]), view_values(views, texts[cut:])]
    for name, values in whole.items():
        np.testing.assert_array_equal(np.asarray(values), np.concatenate([np.asarray(part[name]) for part in parts]))


def test_a_date_is_watched_by_how_long_before_its_row_it_lies() -> None:
    rng = np.random.default_rng(0)
    start = date(2026, 1, 1)
    days = [start + timedelta(days=int(each)) for each in range(200)]
    born = [start - timedelta(days=int(each)) for each in rng.integers(0, 9000, 200)]
    times = np.array([micros_of(day) for day in days])
    # The day itself goes with the row's time: all rows of a day share its weekday.
    assert list(views_of("day", "date", [day for day in days[:28] for _ in range(7)], times)) == ["day days before"]
    views = views_of("born", "date", born, times)
    assert list(views) == ["born days before", "born weekday"]
    found = view_values(views, [date(2026, 1, 1), None], np.array([micros_of(date(2026, 1, 8)) + DAY // 2, 0]))
    assert found["born days before"].tolist()[0] == 7.5
    assert found["born weekday"] == ["Thursday", None]
    assert list(views_of("born", "date", born)) == ["born weekday"]  # rows without a time of their own
    at = [datetime(2020, 1, 1, int(each) % 24, tzinfo=UTC) for each in rng.integers(0, 9000, 200)]
    assert "at hour" in views_of("at", "date", at)


def test_a_vector_has_its_norm_its_distance_and_the_main_directions() -> None:
    rng = np.random.default_rng(0)
    main = np.zeros(12)
    main[3] = 1.0
    vectors = (rng.normal(size=(500, 12)) + 5 * rng.normal(size=(500, 1)) * main + 2.0).tolist()
    views = views_of("v", "embedding", vectors)
    assert list(views) == ["v norm", "v distance", "v direction 1", "v direction 2", "v direction 3"]
    found = view_values(views, [[2.0] * 12, list(2.0 + 3 * main), None, [1.0]])
    assert found["v norm"][0] == pytest.approx(2 * 12**0.5)
    assert abs(found["v direction 1"][1] - found["v direction 1"][0]) == pytest.approx(3, abs=0.1)
    assert found["v distance"][1] > found["v distance"][0] + 2
    assert np.isnan(found["v distance"][2:]).all()  # a vector of another length has no place among these
    assert views_of("v", "embedding", vectors) == views  # no chance, and no sign, is left to the library


def test_lists_and_media_are_watched_by_their_figures() -> None:
    tags = view_values(views_of("tags", "list", [["new"], ["old"], []]), [["new", "odd"], [], None])
    assert tags["tags length"].tolist()[:2] == [2, 0]
    assert tags["tags new items"].tolist()[0] == 0.5
    sizes = view_values(views_of("sizes", "list", [[1, 2]]), [[1, 3], []])
    assert sizes["sizes mean"].tolist()[0] == 2.0
    photo = {"bytes": 9, "content": "c", "format": "JPEG", "width": 4, "brightness": 0.2, "fingerprint": "f"}
    views = views_of("photo", "media", [photo, None])
    assert list(views) == ["photo bytes", "photo width", "photo brightness", "photo format"]
    found = view_values(views, [photo | {"brightness": 0.9}, None])
    assert (found["photo brightness"].tolist()[0], found["photo format"]) == (0.9, ["JPEG", None])


def test_what_a_column_holds_is_told_by_its_kind_or_its_type() -> None:
    told = {
        "number": matter_of(pl.Series([1.5])),
        "name": matter_of(pl.Series(["a"])),
        "text": matter_of(pl.Series(["a"]), "text"),
        "date": matter_of(pl.Series([date(2026, 1, 1)])),
        "list": matter_of(pl.Series([[1, 2], [1]])),
        "embedding": matter_of(pl.Series([[1.0] * 8, [2.0] * 8])),
        "media": matter_of(pl.Series([{"bytes": 1}]), "image"),
    }
    assert {name: matter for name, matter in told.items() if name != matter} == {}
    assert matter_of(pl.Series([{"a": 1}])) is None and matter_of(pl.Series(["k1"]), "key") is None


def test_the_rows_that_teach_a_view_do_not_say_how_it_is_distributed() -> None:
    """Of words that no other row has, the vocabulary knows all it was taught, and none that is live."""
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"note": [f"house {''.join(rng.choice(list('abcdefgh'), 9))}" for _ in range(400)]})
    alone = build_baseline(frame, kinds={"note": "text"})
    beside = build_baseline(frame[:200], kinds={"note": "text"}, other_rows=frame[200:])
    for baseline in (alone, beside):
        new = baseline.groups["inputs"]["note new words"]
        assert isinstance(new, NumericReference)
        assert (new.n, new.partial, new.mean) == (200, True, 0.5)  # as it is of live rows
    length = alone.groups["inputs"]["note length"]
    assert isinstance(length, NumericReference) and length.n == 400
    again = Baseline.from_bytes(alone.to_bytes())
    assert again.learnt == alone.learnt
    assert msgspec.msgpack.encode(again.learnt) == msgspec.msgpack.encode(alone.learnt)
