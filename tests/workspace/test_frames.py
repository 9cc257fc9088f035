"""Frames of any library are read alike."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from holdtrue.foundation import WrongUse
from holdtrue.workspace.frames import polars_frame

FRAME = pl.DataFrame(
    {
        "a": [1, 2, None],
        "b": ["x", None, "z"],
        "c": [True, False, None],
        "d": [dt.datetime(2026, 1, 1), None, dt.datetime(2026, 1, 3)],
        "e": [0.5, None, 2.0],
    }
)


class Streamed:
    """A frame that is known by its stream alone."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return FRAME.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize("table", [FRAME, FRAME.lazy(), Streamed(), FRAME.to_dict(as_series=False)])
def test_what_has_columns_is_a_table(table: object) -> None:
    assert polars_frame(table).equals(FRAME)


def test_pandas_frames_lose_their_index_and_nothing_else() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "a": [1, 2, 3],
            "b": ["x", None, "z"],
            "c": pandas.array([True, False, None], dtype="boolean"),
            "d": pandas.to_datetime(["2026-01-01", None, "2026-01-03"]),
            "e": [0.5, np.nan, 2.0],
            "f": pandas.Categorical(["u", "v", None]),
            "g": pandas.to_datetime(["2026-01-01", None, "2026-01-03"]).tz_localize("Europe/Berlin"),
        },
        index=[7, 8, 9],
    )
    found = polars_frame(frame)
    assert found["a"].to_list() == [1, 2, 3]
    assert found["b"].to_list() == ["x", None, "z"] and found["f"].to_list() == ["u", "v", None]
    assert found["c"].to_list() == [True, False, None] and found["c"].dtype == pl.Boolean
    assert found["d"].to_list() == FRAME["d"].to_list()
    assert found["e"].dtype == pl.Float64
    assert found["g"][0] == dt.datetime(2025, 12, 31, 23, tzinfo=dt.UTC)


def test_what_is_no_table_is_refused() -> None:
    for wrong in (3, [1, 2], {"a": [1], "b": [1, 2, 3]}):
        with pytest.raises(WrongUse):
            polars_frame(wrong)
