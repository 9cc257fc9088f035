"""What an event asks for, when it may be done, and how that reads."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import holdtrue as ht
from holdtrue.checks import Scored, compare
from holdtrue.foundation import DAY, Event, WrongUse
from holdtrue.policies import (
    Drop,
    Facts,
    Intent,
    LoopState,
    Policy,
    Ready,
    Retrain,
    Rollback,
    Target,
    Wait,
    decide,
    explain,
    in_words,
    kind_of,
    last_key,
    micros_in,
    ready,
)

DRIFT = Policy(
    when=(ht.Drift("inputs"), ht.Degraded()), do=(ht.alert(), ht.retrain(labels_since_change=300)), cooldown="2d"
)
REASONS = Policy(when=(ht.ReasonsChanged(), ht.Degraded(within="7d of promotion")), do=(ht.alert(), ht.rollback()))
ROUTINE = Policy(when=(ht.NewData(rows=500), ht.Every("7d")), do=(ht.retrain(),))
POLICIES = (DRIFT, REASONS, ROUTINE)
NOW = 1000 * DAY


def alarm(group: str, event_id: str = "e1") -> Event:
    data = {"alarm": "a1", "group": group, "quantity": "wall", "epoch": 2, "began_time": NOW - DAY, "began_row": 2222}
    return Event(id=event_id, kind="alarm.raised", at=NOW, actor="monitor", model="house-price", data=data)


def tick(event_id: str = "t1") -> Event:
    return Event(id=event_id, kind="loop.tick", at=NOW, actor="loop", model="house-price")


def asked(event: Event, **state: Any) -> list[str]:
    return [kind_of(each.reaction) for each in decide(POLICIES, event, LoopState(now=NOW, **state))]


@pytest.mark.parametrize(
    ("event", "state", "kinds"),
    [
        (alarm("inputs"), {}, ["alert", "retrain"]),
        (alarm("predictions"), {}, []),
        (alarm("attributions"), {}, ["alert", "rollback"]),
        (alarm("errors"), {"promoted_at": NOW - 8 * DAY}, ["alert", "retrain"]),
        (alarm("errors"), {"promoted_at": NOW - 7 * DAY}, ["alert", "retrain", "rollback"]),
        (alarm("errors"), {}, ["alert", "retrain"]),
        (tick(), {"new_rows": 499, "trained_at": NOW - 6 * DAY}, []),
        (tick(), {"new_rows": 500, "trained_at": NOW - 6 * DAY}, ["retrain"]),
        (tick(), {"trained_at": NOW - 7 * DAY}, ["retrain"]),
        (tick(), {}, []),
        (alarm("inputs"), {"new_rows": 9_999}, ["alert", "retrain"]),
        (Event(id="x", kind="alias.moved", at=NOW, actor="p", data={"group": "inputs"}), {"new_rows": 900}, []),
    ],
)
def test_each_event_asks_for_what_the_policies_say(event: Event, state: dict[str, Any], kinds: list[str]) -> None:
    assert asked(event, **state) == kinds


def test_an_intent_says_what_why_and_since_when() -> None:
    retrain = decide(POLICIES, alarm("inputs"), LoopState(now=NOW))[1]
    assert retrain.reaction == Retrain(labels_since_change=300)
    assert (retrain.needs_labels, retrain.since, retrain.since_row) == (300, NOW - DAY, 2222)
    assert (retrain.alarm_id, retrain.event_id, retrain.epoch, retrain.created) == ("a1", "e1", 2, NOW)
    assert retrain.policy == DRIFT.text
    assert msgspec.json.decode(msgspec.json.encode(retrain), type=Intent) == retrain


@pytest.mark.parametrize(("direction", "holds"), [("up", True), ("wider", True), ("down", False)])
def test_an_error_to_be_expected_asks_only_when_it_grows_and_only_where_a_policy_says_so(
    direction: str, holds: bool
) -> None:
    event = alarm("estimates")
    event = msgspec.structs.replace(event, data={**event.data, "direction": direction})
    wanted = Policy(when=(ht.Degraded(estimated=True),), do=(ht.alert(),))
    assert wanted.text == "When the error to be expected without labels grows: alert."
    assert bool(decide((wanted,), event, LoopState(now=NOW))) is holds
    assert decide(POLICIES, event, LoopState(now=NOW)) == ()
    assert decide((wanted,), alarm("errors"), LoopState(now=NOW)) == ()


def table_test(name: str, kind: str = "table_test.failed") -> Event:
    found = alarm("windows")
    return msgspec.structs.replace(found, kind=kind, data={**found.data, "quantity": f"table.{name}"})


@pytest.mark.parametrize(
    ("condition", "event", "holds"),
    [
        (ht.TableTestFails("few_new"), table_test("few_new"), True),
        (ht.TableTestFails("few_new"), table_test("few_old"), False),
        (ht.TableTestFails(), table_test("few_old"), True),
        (ht.TableTestFails(), table_test("few_old", "table_test.passed"), False),
        (ht.TableTestFails(), alarm("windows"), False),
        (ht.Drift("inputs"), table_test("few_new"), False),
    ],
)
def test_a_table_test_that_fails_live_asks_where_a_policy_names_it(condition: Any, event: Event, holds: bool) -> None:
    policy = Policy(when=(condition,), do=(ht.alert(), ht.retrain(labels_since_change=20)))
    found = decide((policy,), event, LoopState(now=NOW))
    assert [kind_of(each.reaction) for each in found] == (["alert", "retrain"] if holds else [])
    if holds:
        assert {each.alarm_id for each in found} == {"a1"} and found[1].since == NOW - DAY
        assert (found[0].cooldown, found[1].needs_labels) == (0, 20)


def test_deciding_twice_on_one_event_asks_once() -> None:
    first = decide(POLICIES, alarm("inputs"), LoopState(now=NOW))
    assert decide(POLICIES, alarm("inputs"), LoopState(now=NOW + 5, pending=first)) == ()
    assert [each.id for each in decide(POLICIES, alarm("inputs"), LoopState(now=NOW + 5))] == [e.id for e in first]
    other = decide(POLICIES, alarm("inputs", "e2"), LoopState(now=NOW, pending=first))
    assert len(other) == 2 and not {each.id for each in other} & {each.id for each in first}


def test_a_tick_waits_its_turn_and_an_alarm_is_never_forgotten() -> None:
    waiting = decide(POLICIES, alarm("inputs"), LoopState(now=NOW))
    assert asked(tick(), new_rows=900, pending=waiting) == []
    assert asked(tick(), new_rows=900, training=True) == []
    assert asked(tick(), new_rows=900, last={last_key(ROUTINE.text, Retrain()): NOW - DAY + 1}) == []
    assert asked(tick(), new_rows=900, last={last_key(ROUTINE.text, Retrain()): NOW - DAY}) == ["retrain"]
    cooling = {last_key(DRIFT.text, Retrain()): NOW - DAY}
    again = decide(POLICIES, alarm("inputs", "e2"), LoopState(now=NOW, training=True, last=cooling))
    assert [kind_of(each.reaction) for each in again] == ["alert", "retrain"]
    assert [each.cooldown for each in again] == [0, 2 * DAY]


def test_an_alert_of_a_tick_is_told_once_in_a_cooldown() -> None:
    policy = Policy(when=(ht.NewData(rows=5),), do=(ht.alert(),))
    state = LoopState(now=NOW, new_rows=9)
    assert len(decide((policy,), tick(), state)) == 1
    told = LoopState(now=NOW, new_rows=9, last={last_key(policy.text, ht.alert()): NOW - 5})
    assert decide((policy,), tick("t2"), told) == ()


def test_two_policies_that_ask_for_the_same_ask_once() -> None:
    twice = (Policy(when=(ht.Drift("inputs"),), do=(ht.alert(),)), *POLICIES)
    kinds = [kind_of(each.reaction) for each in decide(twice, alarm("inputs"), LoopState(now=NOW))]
    assert kinds == ["alert", "retrain"]


TWO_ALARMS = (("inputs", "e1"), ("errors", "e2"))


def intent(reaction: Any, **more: Any) -> Intent:
    given = {"alarm_id": "a1", "epoch": 2, "created": NOW, **more}
    return Intent(id="i", reaction=reaction, policy="p", model="m", event_id="e", **given)


RETRAIN = intent(Retrain(labels_since_change=300), needs_labels=300)
ROLLBACK = intent(Rollback())
OPEN = {"now": NOW, "alarm_status": "open", "epoch": 2}


def test_an_alert_goes_at_once_whatever_else() -> None:
    facts = Facts(now=0, alarm_status="superseded", epoch=9, training=True)
    assert isinstance(ready(intent(ht.alert(), cooldown=DAY), msgspec.structs.replace(facts, last=0)), Ready)


def test_a_retraining_waits_for_labels_since_the_change() -> None:
    assert ready(RETRAIN, Facts(**OPEN, labels_since_change=299)) == Wait(
        reason="299 of 300 rows since the change have labels"
    )
    assert ready(RETRAIN, Facts(**OPEN, labels_since_change=300)) == Ready(
        reason="300 rows since the change have labels"
    )


def test_never_two_trainings_of_one_model_at_once() -> None:
    waiting = ready(RETRAIN, Facts(**OPEN, labels_since_change=900, training=True))
    assert isinstance(waiting, Wait) and "running" in waiting.reason


def test_a_cooldown_ends() -> None:
    cooling = intent(Retrain(), cooldown=2 * DAY)
    assert isinstance(ready(cooling, Facts(**OPEN)), Ready)
    assert ready(cooling, Facts(**OPEN, last=NOW - DAY)) == Wait(reason="cooling down for another 1d")
    assert isinstance(ready(cooling, Facts(**OPEN, last=NOW - 2 * DAY)), Ready)


def test_of_two_alarms_at_once_the_second_waits_for_the_cooldown_of_the_first() -> None:
    first, second = (decide(POLICIES, alarm(group, name), LoopState(now=NOW))[1] for group, name in TWO_ALARMS)
    facts = Facts(**OPEN, labels_since_change=300)
    assert isinstance(ready(first, facts), Ready)
    assert isinstance(ready(second, msgspec.structs.replace(facts, last=NOW)), Wait)


def test_deciding_again_asks_no_second_policy_for_what_the_first_was_asked_for() -> None:
    overlapping = (*POLICIES, Policy(when=(ht.Drift("inputs"),), do=(ht.retrain(),)))
    first = decide(overlapping, alarm("inputs"), LoopState(now=NOW))
    assert [kind_of(each.reaction) for each in first] == ["alert", "retrain"]
    assert decide(overlapping, alarm("inputs"), LoopState(now=NOW, pending=first)) == ()


def test_a_policy_that_cools_down_leaves_a_tick_to_the_next() -> None:
    other = Policy(when=(ht.Every("7d"),), do=(ht.retrain(),))
    cooling = {last_key(ROUTINE.text, Retrain()): NOW - 5}
    state = LoopState(now=NOW, new_rows=900, trained_at=NOW - 8 * DAY, last=cooling)
    assert [each.policy for each in decide((ROUTINE, other), tick(), state)] == [other.text]


@pytest.mark.parametrize("waiting", [RETRAIN, ROLLBACK])
@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {"alarm_status": "superseded", "alarm_why": "house-price:v2 took over"},
            "superseded: house-price:v2 took over",
        ),
        ({"alarm_status": "accepted"}, "its alarm is accepted"),
        ({"alarm_status": "resolved", "alarm_why": "wall is back"}, "its alarm is resolved: wall is back"),
        ({"alarm_status": "open", "epoch": 3}, "another version has taken over"),
    ],
)
def test_what_came_of_an_alarm_goes_with_it(waiting: Intent, facts: dict[str, Any], words: str) -> None:
    found = ready(waiting, Facts(now=NOW, labels_since_change=999, **facts))
    assert isinstance(found, Drop) and words in found.reason and not found.alert


def test_what_becomes_of_an_alarm_is_told_to_whom_it_was_told_and_asks_for_nothing_else() -> None:
    for kind in ("alarm.changed", "alarm.resolved"):
        became = msgspec.structs.replace(alarm("inputs"), kind=kind, why="wall is what it was")
        (told,) = decide(POLICIES, became, LoopState(now=NOW))
        assert (kind_of(told.reaction), told.says, told.alarm_id) == ("alert", "wall is what it was", "a1")
    late = msgspec.structs.replace(alarm("errors"), kind="alarm.resolved")
    assert len(decide([REASONS], late, LoopState(now=NOW))) == 1  # though no longer within 7 days of a promotion
    assert decide(POLICIES, msgspec.structs.replace(late, data={"group": "predictions"}), LoopState(now=NOW)) == ()


def test_an_alarm_that_is_changing_is_not_over() -> None:
    assert isinstance(ready(RETRAIN, Facts(now=NOW, labels_since_change=300, alarm_status="changing")), Ready)


def test_accepting_waits_for_rows_since_the_change() -> None:
    accept = intent(ht.accept(rows=500))
    assert ready(accept, Facts(now=NOW, rows_since=600, rows_missing="wall has 12 rows")) == Wait(
        reason="wall has 12 rows"
    )
    found = ready(accept, Facts(now=NOW, alarm_status="changing", rows_since=300))
    assert found == Wait(reason="300 of 500 rows have come since the change")
    assert isinstance(ready(accept, Facts(now=NOW, rows_since=500)), Ready)
    assert isinstance(ready(accept, Facts(now=NOW, rows_since=500, alarm_status="resolved")), Drop)
    text = Policy(when=(ht.Drift("inputs"),), do=(ht.alert(), ht.accept())).text
    expected = "accept it once 100 rows have come since, and hold what comes against those."
    assert text == f"When the inputs drift: alert; {expected}"


def recent(ours: float, theirs: float, rows: int = 400) -> Any:
    noise = np.random.default_rng(0).normal(size=rows)
    return compare(Scored(truth=np.zeros(rows), predicted=theirs * noise), ours * noise, name="house-price:v2")


def target(gate_passed: bool = True, comparison: Any = None) -> Target:
    return Target(name="house-price:v1", gate_passed=gate_passed, recent=comparison)


@pytest.mark.parametrize(
    ("facts", "goes", "words"),
    [
        ({"target": None, "promoted_at": NOW}, False, "no other version has passed its gate"),
        ({"target": target(gate_passed=False), "promoted_at": NOW}, False, "house-price:v1 did not pass its gate"),
        ({"target": target(), "promoted_at": NOW - 7 * DAY}, True, "promoted 7d before"),
        ({"target": target(), "promoted_at": NOW - 7 * DAY - 1}, False, "no recent labelled rows"),
        ({"target": target(), "promoted_at": None}, False, "no recent labelled rows"),
        ({"target": target(comparison=recent(1, 0.5)), "promoted_at": None}, True, "no worse"),
        ({"target": target(comparison=recent(1, 1.005)), "promoted_at": None}, True, "no worse"),
        ({"target": target(comparison=recent(1, 2)), "promoted_at": None}, False, "no better"),
        ({"target": target(comparison=recent(1, 2)), "promoted_at": NOW}, False, "no better"),
    ],
)
def test_a_rollback_goes_only_where_it_is_known_to_help(facts: dict[str, Any], goes: bool, words: str) -> None:
    found = ready(ROLLBACK, Facts(**OPEN, **facts))
    assert words in found.reason
    assert isinstance(found, Ready) is goes
    assert goes or (isinstance(found, Drop) and found.alert)


def test_the_window_is_counted_to_the_alarm_not_to_the_moment_it_is_carried_out() -> None:
    late = Facts(now=NOW + 30 * DAY, alarm_status="open", epoch=2, target=target(), promoted_at=NOW - DAY)
    assert isinstance(ready(ROLLBACK, late), Ready)
    assert isinstance(ready(intent(Rollback(within="12h of promotion")), late), Drop)


def test_policies_read_as_sentences() -> None:
    assert explain(POLICIES) == [
        "When the inputs drift or the error degrades: alert; retrain once 300 rows since the change have labels. "
        "At most once in 2d.",
        "When the reasons of predictions change or the error degrades within 7d of a promotion: alert; roll back to "
        "the last version that passed its gate, if it is no worse on the same recent labelled rows or production was "
        "promoted within 7d. At most once in 1d.",
        "When 500 new labelled rows are there or 7d have passed since the last training: retrain. At most once in 1d.",
    ]
    tests = (ht.TableTestFails("few_new"), ht.TableTestFails())
    assert explain([Policy(when=tests, do=(ht.alert(),))]) == [
        "When the table test few_new fails live or a table test fails live: alert."
    ]
    assert explain([Policy(when=(ht.Drift("predictions"),), do=(ht.alert(),))]) == [
        "When the predictions drift: alert."
    ]


def test_policies_come_back_from_json_equal() -> None:
    assert msgspec.json.decode(msgspec.json.encode(POLICIES), type=tuple[Policy, ...]) == POLICIES


@pytest.mark.parametrize(
    "write",
    [
        lambda: ht.Drift("outputs"),  # type: ignore[arg-type]
        lambda: ht.Degraded(within="a week"),
        lambda: ht.TableTestFails(3),  # type: ignore[arg-type]
        lambda: ht.NewData(rows=0),
        lambda: ht.NewData(rows=True),
        lambda: ht.Every("7"),
        lambda: ht.Every("0d"),
        lambda: ht.retrain(labels_since_change=0),
        lambda: ht.rollback(within="soon"),
        lambda: ht.accept(rows=20),
        lambda: Policy(when=(), do=(), cooldown="1 day"),
        lambda: ht.Drift("inputs") and ht.Degraded(),
        lambda: micros_in(7),  # type: ignore[arg-type]
    ],
)
def test_what_means_nothing_is_refused(write: Any) -> None:
    with pytest.raises(WrongUse):
        write()


@given(st.integers(0, 500), st.sampled_from("smhdw"))
def test_durations_are_read_as_written(number: int, unit: str) -> None:
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}[unit]
    assert micros_in(f"{number}{unit}") == number * seconds * 1_000_000


def test_durations_are_told_in_their_largest_unit() -> None:
    assert [in_words(micros_in(text)) for text in ("59s", "60s", "25h", "3w", "0s")] == ["59s", "1m", "1d", "21d", "0s"]
