"""Data of several sources: each row is judged as its own file spells it, whatever the others are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import holdtrue as ht
from holdtrue.contracts import BatchChecker
from holdtrue.foundation import DataUnreadable
from holdtrue.pipeline.captured import CapturedData, Piece
from holdtrue.pipeline.slicing import take_slice
from holdtrue.pipeline.tested import judge_data, require_columns


class Offer(ht.Contract):
    price: ht.Float = ht.field(gt=0)
    beds: ht.Int = ht.field(ge=0)
    tag: ht.Text = ht.field(null=True, missing=["NA"])
    sizes: ht.List[ht.Int] = ht.field(null=True)
    where: ht.Embedding = ht.field(length=2, null=True)
    day: ht.Date
    sold: ht.Bool = ht.field(null=True)


offer = ht.Model("offer", target="price", contract=Offer, data=ht.files("*.csv") + ht.served())

CSV = pl.DataFrame(
    {
        "price": ["1.5", "-2", "7"],
        "beds": [" 3 ", "2", "many"],
        "tag": ["NA", "", "x"],
        "sizes": ["[1, 2]", "", "[0.5]"],
        "where": ["[0.5, 1]", "", ""],
        "day": ["2020-01-01"] * 3,
        "sold": ["1", "false", ""],
    }
)
NATIVE = pl.DataFrame(
    {
        "price": [1.0, 1e-300, 5.0, 5.0],
        "beds": [1, 2, -3, 4],
        "tag": ["NA", "", None, " x "],
        "sizes": [[1], [], None, [2, 3]],
        "where": [[1e22, 0.1], None, [1.0], [0.0, -0.0]],
        "day": [dt.date(2020, 1, 1)] * 4,
        "sold": [True, None, False, True],
    }
)


def judged(*pieces: Piece, served: pl.DataFrame | None = None, **more: Any) -> Any:
    return judge_data(offer, CapturedData({"offers": "1"}, pieces, served), is_slice=False, **more)


def test_a_column_that_may_be_missing_with_a_warning_may_be_lacking() -> None:
    class Lenient(Offer):
        """Prices may be missing."""

        price: ht.Float = ht.field(severity={"missing": "warn", "null": "warn"})

    require_columns(Lenient.spec, NATIVE.drop("price"), "offers")
    found = BatchChecker(Lenient.spec).check(NATIVE.drop("price"))
    (lacking,) = [test for test in found.tests if test.test == "price.missing"]
    assert lacking.failed == NATIVE.height and not [t for t in found.tests if t.test == "price.null" and t.failed]

    class Replaced(Offer):
        """Missing prices are replaced live."""

        price: ht.Float = ht.field(live={"missing": ht.replace(7.0)})

    require_columns(Replaced.spec, NATIVE.drop("price"), "offers")
    with pytest.raises(DataUnreadable, match=r"offers has no column price"):
        require_columns(Offer.spec, NATIVE.drop("price"), "offers")


def test_rows_of_each_source_are_judged_as_it_spells_them() -> None:
    alone = [
        BatchChecker(Offer.spec).check(CSV, spelling="csv"),
        BatchChecker(Offer.spec).check(NATIVE),
        BatchChecker(Offer.spec).check(NATIVE[:1]),
    ]
    found = judged(Piece(CSV, "csv"), Piece(NATIVE, "native"), served=NATIVE[:1])
    assert found.result.rows == 8
    assert found.result.refused.tolist() == np.concatenate([each.refused for each in alone]).tolist()
    assert_frame_equal(found.accepted, pl.concat([each.accepted for each in alone]))
    assert found.accepted["tag"].to_list() == [None, "NA", "", " x ", "NA"]
    failed = {test.test: test.failed for test in found.result.tests if test.failed}
    assert failed == {"price.gt": 1, "beds.type": 1, "beds.ge": 1, "sizes.type": 1, "where.type": 1}
    (low,) = [test for test in found.result.tests if test.test == "beds.ge"]
    assert [example.row_number for example in low.examples] == [6]
    assert found.quarantine["reasons"].to_list() == [
        reasons for each in alone for reasons in each.quarantine["reasons"].to_list()
    ]
    assert found.quarantine["beds"].to_list() == ["2", "many", "-3"]
    assert found.quarantine["sizes"].to_list() == ["", "[0.5]", None]
    assert (found.served, found.refused_live) == (1, 2)


def test_a_column_that_one_source_lacks_is_null_in_its_rows() -> None:
    found = judged(Piece(CSV.drop("day"), "csv"), Piece(NATIVE, "native"))
    failed = {test.test: test.failed for test in found.result.tests if test.failed}
    assert failed["day.null"] == 3
    assert "day.missing" not in failed


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_slice_of_lists_is_the_same_after_rows_are_added(share: float) -> None:
    rows = 400
    frame = pl.DataFrame(
        {
            "v": [None if row % 7 == 0 else [row * 0.5, None] for row in range(rows)],
            "w": [["1", "2"] if row % 2 else ["12"] for row in range(rows)],
            "a": pl.Series([[row, 1] for row in range(rows)], dtype=pl.Array(pl.Int64, 2)),
            "n": [[[row], []] for row in range(rows)],
            "b": [bytes([row % 256, 255]) for row in range(rows)],
        }
    )
    for names in (["v"], ["w", "a"], ["n", "b"], ["v", "w", "a", "n", "b"]):
        taken = take_slice(frame, share, names)
        before = take_slice(frame[:300], share, names)
        assert_frame_equal(taken[: before.height], before)
        assert names == ["w"] or 0 < taken.height < rows
