"""Ten faults planted among 20 columns of a real model's rows: found, named rightly, and nothing before."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from faulty_streams import AFTER, FAULTS, Fault, House, is_right, matrix, stream_of, watch_stream

from holdtrue.monitors.diagnosis.carriers import of_predictions

# Rows that the medians of 20 streams take, doubled; a fault that is slow is one of so many rows.
WITHIN = {
    "unit change": 20,
    "sign flip": 25,
    "shifted columns": 20,
    "swapped columns": 20,
    "stuck value": 80,
    "missing bursts": 30,
    "new category": 250,
    "slow drift": 4000,
    "stale version": 80,
    "features reordered": 25,
    "features reordered in the service": 25,
}


@pytest.fixture(scope="module")
def house() -> House:
    return House.trained(5)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found_and_named(house: House, fault: Fault) -> None:
    start = 700
    later = 3000 if fault.name == "slow drift" else AFTER
    told = watch_stream(house, stream_of(house, fault, seed=11, start=start), start, later)
    assert told.before == 0
    assert told.alarm is not None
    assert told.at is not None
    assert told.later is not None
    assert told.alarm.at_row - start <= WITHIN[fault.name]
    column, cause = is_right(fault, told.later)
    assert column, told.later.causes
    assert cause, told.later.causes
    assert told.later.begin is not None
    if fault.name != "slow drift":
        assert told.later.begin.first_row - 40 <= start <= told.later.begin.last_row + 40
    assert told.later.cause.confidence > 0.4


def test_what_is_said_at_the_alarm_and_later_is_the_same_each_time(house: House) -> None:
    stream = stream_of(house, FAULTS[0], seed=12, start=500)
    one, two = watch_stream(house, stream, 500), watch_stream(house, stream, 500)
    assert (one.at, one.later) == (two.at, two.later)


def test_contributions_to_the_average_prediction_add_up(house: House) -> None:
    stream = stream_of(house, FAULTS[0], seed=13, start=0)
    explained = np.asarray(house.model.predict(matrix(stream.columns), pred_contrib=True))
    before = {name: each.mean for name, each in house.baseline.groups["attributions"].items()}
    mean = house.baseline.groups["predictions"]["prediction"].mean
    found = of_predictions(list(stream.columns), explained[:, :-1], explained.sum(axis=1), before, mean, "kUSD")
    assert found is not None
    assert found.parts[0].name == "area"
    assert found.total == pytest.approx(stream.answers.mean() - mean)
    assert sum(each.value for each in found.parts) + found.rest == pytest.approx(found.total)
    # The base is the same before and now, so all that is left is what the features carry that are not listed.
    whole = sum(explained[:, place].mean() - before[name] for place, name in enumerate(stream.columns))
    assert whole == pytest.approx(found.total)
