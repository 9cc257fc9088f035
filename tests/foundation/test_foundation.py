import pickle
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.foundation import (
    DAY,
    HoldtrueError,
    ManualClock,
    MissingExtra,
    SystemClock,
    WrongUse,
    base32,
    canonical,
    datetime_of,
    digest,
    digest_of,
    errors,
    micros_of,
    new_id,
    optional,
)

ERRORS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, HoldtrueError)]


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_survives_pickling_whole(kind):
    error = pickle.loads(pickle.dumps(kind("no model x", hint="see holdtrue models")))  # noqa: S301 (our own bytes)
    assert type(error) is kind
    assert str(error) == "no model x (see holdtrue models)"


def test_every_error_has_its_own_code_and_a_known_exit_code():
    assert len({kind.code for kind in ERRORS}) == len(ERRORS)
    assert {kind.exit_code for kind in ERRORS} == {1, 2, 3}


@given(st.integers(0, 2**54), st.integers(0, 2**54))
def test_ids_sort_as_their_times(first, second):
    one, two = new_id(first), new_id(second)
    assert len(one) == len(two) == 22
    if first != second:
        assert (one < two) == (first < second)


def test_ids_of_one_microsecond_differ():
    assert len({new_id(7) for _ in range(1000)}) == 1000


def test_base32_is_positional():
    assert base32(32**3, 5) == "01000"


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_equal_values_have_one_canonical_form(value):
    other = dict(reversed(list(value.items())))
    assert canonical(other) == canonical(value)
    assert digest_of(other) == digest_of(value) == digest(canonical(value))


def test_times_keep_zone_and_microseconds():
    summer = timezone(timedelta(hours=2))
    assert micros_of(datetime(1970, 1, 1, 2, 0, 0, 5, tzinfo=summer)) == 5
    assert micros_of(datetime(1970, 1, 1, 0, 0, 0, 5)) == 5
    assert micros_of(date(1969, 12, 31)) == -DAY


@given(st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1)))
def test_times_come_back_as_they_went(moment):
    assert datetime_of(micros_of(moment)) == moment.replace(tzinfo=UTC)


def test_a_manual_clock_never_goes_back():
    clock = ManualClock(10)
    clock.advance_to(5)
    assert clock.now() == 10
    clock.advance_to(15)
    assert clock.now() == 15


def test_the_systems_clock_is_of_today():
    assert micros_of(date(2024, 1, 1)) < SystemClock().now() < micros_of(date(2200, 1, 1))


def test_a_missing_library_is_named_with_the_command_that_installs_it():
    with pytest.raises(MissingExtra, match="drawing needs the library no_such_library") as caught:
        optional("no_such_library.part", extra="charts", purpose="drawing")
    assert caught.value.hint == "pip install 'holdtrue[charts]'"
    assert isinstance(caught.value, WrongUse)


def test_a_library_that_is_there_but_broken_says_so_itself(tmp_path, monkeypatch):
    (tmp_path / "half_installed.py").write_text("import no_such_dependency\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        optional("half_installed", extra="charts", purpose="drawing")
