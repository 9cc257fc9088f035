"""The tests of `bench_table_tests.py` as a contract, judged part by part as `holdtrue data test` does."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from answering import answer
from table_limits import LEVELS, LIMITS, RULE, SINCE

import holdtrue as ht
from holdtrue.contracts import BatchChecker, BatchTally, check_parts
from holdtrue.sources import table_parts


def limits(name: str) -> Any:
    """Return the field of a column with its limits."""
    least, most = LIMITS[name]
    return ht.field(ge=least, le=most)


class Sale(ht.Contract):
    """The tests as a contract: 11 of fields, 2 rules."""

    price: ht.Float = limits("price")
    yrbuilt: ht.Int = limits("yrbuilt")
    area: ht.Int = limits("area")
    beds: ht.Int = limits("beds")
    baths: ht.Int = limits("baths")
    frontage: ht.Int = limits("frontage")
    garagesqft: ht.Int = limits("garagesqft")
    lotsize: ht.Int = limits("lotsize")
    stories: ht.Category = ht.field(allowed=LEVELS["stories"])
    wall: ht.Category = ht.field(allowed=LEVELS["wall"])
    garage: ht.Category = ht.field(allowed=LEVELS["garage"])
    sdate: ht.Date

    @ht.rule
    def sdate_in_this_millennium_or_the_last(row: Any) -> Any:  # noqa: N805
        return row.sdate.year() >= SINCE

    @ht.rule
    def sold_after_it_was_built(row: Any) -> Any:  # noqa: N805
        return row.yrbuilt <= row.sdate.year()


CHECKER = BatchChecker(Sale.spec)


def tests(file: str) -> Mapping[str, int]:
    """Judge every row; add up by column what its limits refuse."""
    tally = BatchTally()
    for _, result in check_parts(CHECKER, table_parts([(Path(file), file)])):
        tally.add(result)
    found = dict.fromkeys([*LIMITS, *LEVELS, "sdate", RULE], 0)
    for test in tally.tests:
        name = test.test.removeprefix("rule.").removesuffix("_in_this_millennium_or_the_last")
        found[name if name in found else name.split(".")[0]] += test.failed
    return found


if __name__ == "__main__":
    answer(
        tests, distribution="holdtrue", gives="counts, five examples of each test, each refused row with its reasons"
    )
