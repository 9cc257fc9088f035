"""What is told of an alarm that changes or is over: the subject and the units of its first message."""

import msgspec
import pytest

from holdtrue.foundation import DAY
from holdtrue.monitors import Alarm, Summary
from holdtrue.monitors.alarms import message_of
from holdtrue.monitors.transitions import changed_words, resolved_words


def _alarm(group: str, quantity: str) -> Alarm:
    return Alarm(
        id="a",
        group=group,
        quantity=quantity,
        level=None,
        direction="up",
        evidence=1.0,
        also=(),
        at_row=30,
        at_id="r30",
        at_time=20 * DAY,
        began_row=20,
        began_id="r20",
        began_time=10 * DAY,
        rows_taken=10,
        reference=Summary(n=500, mean=0.01, sd=0.1),
        live=Summary(n=10, mean=0.5, sd=0.1),
        effect=0.9,
        message="",
    )


@pytest.mark.parametrize(
    ("group", "quantity", "words"),
    [
        (
            "inputs",
            "area",
            "area is what it was in the baseline again since 21 January 1970; it lasted 12 rows",
        ),
        ("attributions", "area", "attribution of area is what it was in the baseline again"),
        ("tests", "refused", "share of refused rows is what it was in the baseline again"),
        ("tests", "area.le", "share of rows that fail area.le is what it was in the baseline again"),
        ("predictions", "outside the range", "share of predictions outside the range they had is what it was"),
        ("labels", "label delay", "days until the label are what they were in the baseline again"),
        (
            "service",
            "latency",
            "median latency is what it was before again since 21 January 1970; it lasted 12 sam",
        ),
        ("service", "failures", "share of requests that failed is what it was before again"),
        ("load", "requests", "requests are what they were before again since 21 January 1970; it lasted 12 minutes"),
    ],
)
def test_what_is_over_is_called_as_it_was_when_it_began(group: str, quantity: str, words: str) -> None:
    said = resolved_words(_alarm(group, quantity), (quantity,), 40, 20 * DAY, 12, 5 * DAY)
    assert said.startswith(words)


@pytest.mark.parametrize(("group", "quantity"), [("inputs", "size: in feet"), ("load", "requests"), ("tests", "a: b")])
def test_a_further_change_is_told_whole_whatever_its_name_holds(group: str, quantity: str) -> None:
    alarm = _alarm(group, quantity)
    subject, _, text = message_of(alarm).rpartition(f"{quantity}: ")
    said = changed_words(alarm, alarm.began_row, alarm.began_time)
    verb = "has" if group == "inputs" else "have"
    assert said == f"{subject}{quantity} {verb} changed again: {text.split('; found after')[0]}"


def test_an_average_that_infinite_values_are_in_is_infinite() -> None:
    endless = msgspec.structs.replace(_alarm("inputs", "area"), live=Summary(n=10, mean=1e149, sd=1e150))
    assert message_of(endless).startswith("area: average infinite since 11 January 1970 (0.01 in the baseline")
