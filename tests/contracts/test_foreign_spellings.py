"""Numbers and dates in spellings that nothing here reads: refused as ever, and told what they look like."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import holdtrue as ht
from holdtrue.contracts import BatchChecker, BatchTally, RowChecker
from holdtrue.contracts.foreign_spellings import looks_like
from holdtrue.foundation import WrongUse
from holdtrue.workspace import draft_project, suggest_contract


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["31/12/2020", "01/02/2021"], 'dates DD/MM/YYYY ("31/12/2020")'),
        (["12/31/2020", "1/2/2021"], 'dates MM/DD/YYYY ("12/31/2020")'),
        (["1/2/2020", "3/4/2020"], 'dates DD/MM/YYYY or MM/DD/YYYY ("1/2/2020")'),
        (["31.12.20", "1.2.20"], 'dates DD.MM.YY ("31.12.20")'),
        (["31/12/2020 14:30", "1/2/2021 9:00 PM"], "dates DD/MM/YYYY"),
        (["2020/12/31", "2021/1/2"], "dates YYYY/MM/DD"),
        (["20201231"], "dates YYYYMMDD"),
        (["31 Dec 2020", "March 3, 2021"], "dates with the month in words"),
        (["1,200", "950", "1,200,300.50", " 20 "], 'numbers with commas between the thousands ("1,200")'),
        (["1.200,50", "-3"], "numbers with points between the thousands"),
        (["1,5", "2"], "numbers with a comma for the point"),
        (["1 200", "1\u00a0200,5"], "numbers with gaps between the thousands"),
        (["5%", "7.5 %"], "percentages"),
        (["$1,200.50", "$3"], "amounts with the sign of a currency"),
        (["1.200 €"], "amounts with the sign of a currency"),
    ],
)
def test_what_texts_look_like_is_said(texts: list[str], said: str) -> None:
    assert looks_like(texts).startswith(f"looks like {said}")


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["boathouse", "attached"],
        ["1", "2.5", "-3"],  # numbers, as they are read
        ["99/99/2020"],
        ["1.2.3", "10.4.1"],  # versions
        ["555-12-1234"],
        ["1,200"] + ["many"] * 9,
        ["1" * 100 + ",000"],
    ],
)
def test_what_looks_like_nothing_known_is_not_said_to(texts: list[str]) -> None:
    assert looks_like(texts) == ""


class Sale(ht.Contract):
    price: ht.Float
    rooms: ht.Int = ht.field(null=True)
    day: ht.Date


def test_a_report_says_it_once_and_no_message_of_a_row_changes() -> None:
    frame = pl.DataFrame(
        {"price": ["1,200", "5", "many"], "rooms": ["x", None, "1"], "day": ["31/12/2020", "2020-01-01", "1/2/2020"]}
    )
    result = BatchChecker(Sale.spec).check(frame, spelling="csv")
    assert {test.test: test.hint for test in result.tests if test.hint} == {
        "price.type": 'looks like numbers with commas between the thousands ("1,200"): write them as 1200',
        "day.type": 'looks like dates DD/MM/YYYY ("31/12/2020"): write them as 2020-12-31, or parse them before',
    }
    tally = BatchTally()
    for start in (1, 0):
        tally.add(BatchChecker(Sale.spec).check(frame[start : start + 1], spelling="csv"))
    assert [test.hint for test in tally.tests] == [test.hint for test in result.tests]
    row = {"price": "1,200", "rooms": None, "day": "31/12/2020"}
    by_row = [failure.message for failure in RowChecker(Sale.spec).check(row).failures]
    assert by_row == [
        failure.message for failure in BatchChecker(Sale.spec).failures(frame[:1].with_columns(rooms=None))[0]
    ]


def test_a_draft_says_it_at_the_column(tmp_path: Path) -> None:
    rows = [f'"{1000 + 7 * place:,}",{place % 28 + 1:02}/{place % 12 + 1:02}/2020,{place}' for place in range(300)]
    (tmp_path / "sales.csv").write_text("\n".join(["price,day,size", *rows]) + "\n")
    text = suggest_contract(tmp_path / "sales.csv").text.replace("\n    #   ", " ")
    for said in (
        'looks like numbers with commas between the thousands ("1,0',
        'looks like dates DD/MM/YYYY ("',
        "write them as 2020-12-31, or parse them before\n    day: ht.Text",
    ):
        assert said in text
    drafted = draft_project(tmp_path / "new", tmp_path / "sales.csv", "size")
    assert any(note.startswith("day: looks like dates DD/MM/YYYY") for note in drafted.notes)
    with pytest.raises(WrongUse) as wrong:
        draft_project(tmp_path / "other", tmp_path / "sales.csv", "price")
    assert (wrong.value.hint or "").startswith("looks like numbers with commas between the thousands")
