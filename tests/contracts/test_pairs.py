"""One contract, two compilers, and no row on which they differ: pairs of contract and row from stated seeds.

`test_agreement.py` says the same of smaller contracts and finds the smallest row that breaks it.
"""

from __future__ import annotations

import itertools
from typing import get_args

import pytest
from pairs import PAIRS, contract_of, disagreements
from pairs_kinds import KINDS, Draw

from holdtrue.contracts.expressions import Kind

SHARDS, SEEDS = 30, 100  # of 100 pairs each: 300,000


def require_agreement(seeds: range) -> None:
    for found in itertools.islice(itertools.chain.from_iterable(map(disagreements, seeds)), 1):
        pytest.fail(str(found), pytrace=False)


def test_every_kind_of_field_has_its_generators() -> None:
    assert set(KINDS) == set(get_args(Kind))


def test_the_generators_reach_every_kind_and_operation() -> None:
    specs = [contract_of(Draw(seed)) for seed in range(400)]
    assert {field.kind for spec in specs for field in spec.fields} == set(KINDS)
    assert {rule.severity for spec in specs for rule in spec.rules} == {"refuse", "warn", "note"}
    trees = str([spec.derives for spec in specs] + [spec.rules for spec in specs])
    operations = ("+", "-", "*", "/", "//", "%", "<", "<=", ">", ">=", "==", "!=", "&", "|", "~", "abs")
    calls = (
        "year",
        "month",
        "day",
        "weekday",
        "hour",
        "length",
        "lower",
        "contains",
        "is_null",
        "fill_null",
        "sum",
        "mean",
        "min",
        "max",
        "norm",
    )
    assert all(f"'{each}'" in trees for each in (*operations, *calls)) and "IsIn(" in trees


@pytest.mark.parametrize("shard", range(3))
def test_ways_of_judging_a_row_agree(shard: int) -> None:
    require_agreement(range(1_000_000 + 30 * shard, 1_000_030 + 30 * shard))


@pytest.mark.heavy
@pytest.mark.parametrize("shard", range(SHARDS))
def test_ways_of_judging_a_row_agree_on_300_000_pairs(shard: int) -> None:
    assert SHARDS * SEEDS * PAIRS == 300_000
    require_agreement(range(SEEDS * shard, SEEDS * (shard + 1)))
