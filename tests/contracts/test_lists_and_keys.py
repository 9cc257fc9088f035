"""Lists, embeddings, keys and levels seen in training: read, tested and told alike for one row and for a table."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from holdtrue.contracts import (
    BatchChecker,
    Category,
    Contract,
    ContractSpec,
    Embedding,
    Int,
    Key,
    List,
    RowChecker,
    TableFigures,
    bounds,
    check_table,
    derive,
    draft_text,
    field,
    gather,
    rule,
    suggest,
    table_test,
)
from holdtrue.foundation import ContractError


class Basket(Contract):
    order: Key
    sizes: List[Int] = field(min_length=1, max_length=3, items=field(ge=0, warn=bounds(le=9)))
    colours: List[Category] = field(null=True, items=field(allowed=["red", "green"]))
    vector: Embedding = field(length=2)
    shop: Category = field(seen=True)

    @derive
    def total(row):
        return row.sizes.sum()

    @derive
    def norm(row):
        return row.vector.norm()

    @rule(severity="warn")
    def has_red(row):
        return row.colours.contains("red") & (row.sizes.max() > 0)


GOOD = {"order": 17, "sizes": [1, 2], "colours": ["red"], "vector": [3.0, 4.0], "shop": "a"}


def told(row: dict, spec: ContractSpec = Basket.spec) -> list[str]:
    by_row = [failure.message for failure in RowChecker(spec).check(row).failures]
    by_json = [failure.message for failure in RowChecker(spec).check_json(msgspec.json.encode(row))[0].failures]
    assert by_row == by_json
    return by_row


def test_a_key_is_its_digits_and_rules_ask_lists_for_their_figures() -> None:
    verdict = RowChecker(Basket.spec).check(GOOD)
    assert verdict.failures == ()
    assert verdict.row == {
        **{"order": "17", "sizes": [1, 2], "colours": ["red"], "vector": [3.0, 4.0], "shop": "a"},
        **{"total": 3.0, "norm": 5.0},
    }
    assert RowChecker(Basket.spec).check(GOOD | {"vector": np.array([3.0, 4.0]), "sizes": (1, 2)}) == verdict
    assert RowChecker(Basket.spec).check(GOOD | {"order": 17.0}).row["order"] == "17"  # type: ignore[index]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sizes": []}, "sizes: [] has 0 items, fewer than 1 [sizes.min_length]"),
        ({"sizes": [1, "a"]}, 'sizes[1]: "a" is not a whole number [sizes.type]'),
        ({"sizes": [None]}, "sizes[0]: null is not a whole number [sizes.type]"),
        ({"sizes": "[1]"}, 'sizes: "[1]" is not a list of whole numbers [sizes.type]'),
        ({"sizes": [4, -2, -3]}, "sizes[1]: -2 is less than 0, and so is 1 item more [sizes[].ge]"),
        ({"sizes": [4, 12]}, "sizes[1]: 12 is more than 9 [sizes[].warn.le]"),
        ({"vector": [1.0]}, "vector: has 1 numbers, not 2 [vector.type]"),
        ({"vector": 1.0}, "vector: 1 is not a list of 2 numbers [vector.type]"),
        ({"order": True}, "order: true is not a key: text or a whole number [order.type]"),
        ({"colours": ["red", "blue"]}, 'colours[1]: "blue" is not one of red, green [colours[].allowed]'),
    ],
)
def test_a_failure_names_the_item(change: dict, message: str) -> None:
    assert told(GOOD | change) == [message]


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ({"sizes": []}, []),
        ({"vector": [1.0]}, [1.0]),
        ({"vector": list(range(1000))}, [*range(20), "…"]),
        ({"vector": [1, float("nan"), [2, 3]]}, [1, None, "[2, 3]"]),
        ({"vector": np.array([1.0, 2.0, 3.0])}, [1.0, 2.0, 3.0]),
    ],
)
def test_the_value_of_a_failure_is_the_list_itself(change: dict, value: list) -> None:
    (failure,) = RowChecker(Basket.spec).check(GOOD | change).failures
    assert failure.value == value
    assert msgspec.json.decode(msgspec.json.encode(failure))["value"] == value


def test_lists_in_a_csv_file_are_spelt_as_in_json() -> None:
    frame = pl.DataFrame(
        {
            "order": [1, 2],
            "sizes": ["[1, 2]", "[1, x]"],
            "colours": ["", '["red"]'],
            "vector": ["[1,0]", "[1,0,0]"],
            "shop": ["a", "b"],
        }
    )
    result = BatchChecker(Basket.spec).check(frame, spelling="csv")
    assert result.accepted.row(0) == ("1", [1, 2], None, [1.0, 0.0], "a", 3.0, 1.0)
    assert result.quarantine["reasons"].to_list() == [
        [
            'sizes: "[1, x]" is not a list of whole numbers [sizes.type]',
            'vector: "[1,0,0]" is not a list of 2 numbers [vector.type]',
        ]
    ]


def test_a_key_may_stand_in_a_table_only_once() -> None:
    frame = pl.DataFrame([GOOD, GOOD | {"order": "18"}, GOOD | {"order": "17"}], schema_overrides={"order": pl.String})
    accepted = BatchChecker(Basket.spec).check(frame).accepted
    (result,) = check_table(Basket.spec, accepted)
    assert result.message == "order is there once: does not hold, order.duplicates is 1 [table.order_unique]"
    halves = TableFigures(test.expression for test in Basket.spec.table_tests)
    for part in (accepted[:2], accepted[2:]):
        halves.add(part)
    assert halves.values() == {"order.duplicates": 1}

    class Loose(Contract):
        order: Key = field(unique=False)
        number: Int = field(unique=True, severity={"unique": "warn"})

    assert [(test.name, test.severity) for test in Loose.spec.table_tests] == [("number_unique", "warn")]


def test_levels_are_those_of_the_training_rows_once_there_are_any() -> None:
    assert told(GOOD | {"shop": "z"}) == []
    fitted = Basket.spec.fitted({"shop": ("a", "b")})
    assert told(GOOD | {"shop": "z"}, fitted) == ['shop: "z" is not among the levels seen in training [shop.seen]']
    result = BatchChecker(fitted).check(pl.DataFrame([GOOD, GOOD | {"shop": "z"}]))
    assert (result.refused.sum(), [(test.test, test.failed) for test in result.failed]) == (0, [("shop.seen", 1)])
    unfitted = BatchChecker(Basket.spec).check(pl.DataFrame([GOOD])).tests
    assert [test.judged for test in unfitted if test.test == "shop.seen"] == [0]


def test_what_is_no_list_says_what_to_write() -> None:
    with pytest.raises(ContractError, match=r"tags: a list says of what") as wrong:

        class Bare(Contract):
            tags: List

    assert "ht.List[ht.Int]" in (wrong.value.hint or "")
    with pytest.raises(ContractError, match=r"vector is an embedding without a length"):

        class Short(Contract):
            vector: Embedding

    with pytest.raises(ContractError, match=r"items= is for the items of a list"):

        class Single(Contract):
            beds: Int = field(items=field(ge=0))

    with pytest.raises(ContractError, match=r"a list of whole numbers has no .mean") as hinted:

        class Figures(Contract):
            sizes: List[Int]

            @table_test
            def mean(table):
                return table.column("sizes").mean > 0

    assert "derive a number" in (hinted.value.hint or "")


def test_a_draft_takes_lists_and_embeddings_back(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "sizes": [[1, 2], [3]] * 60,
            "tags": [["a"], []] * 60,
            "vector": [[0.5] * 16] * 120,
        }
    )
    text = draft_text("Drafted", suggest({name: gather(frame[name], "native") for name in frame.columns}), "a table")
    assert "sizes: ht.List[ht.Int] = ht.field(min_length=1, items=ht.field(ge=1, le=4))" in text
    assert 'tags: ht.List[ht.Category] = ht.field(items=ht.field(allowed=["a"]))' in text
    assert "vector: ht.Embedding = ht.field(length=16)" in text
    (tmp_path / "drafted.py").write_text(text)
    scope: dict = {"__name__": "drafted"}
    exec(compile(text, str(tmp_path / "drafted.py"), "exec"), scope)  # noqa: S102
    result = BatchChecker(scope["Drafted"].spec).check(frame)
    assert result.refused.sum() == 0
