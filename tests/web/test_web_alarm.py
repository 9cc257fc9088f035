"""The page of one alarm: what it says, that it escapes what came from users, and where it is found."""

from __future__ import annotations

import msgspec
import pytest
from web_overviews import JULY_1996, NOW, alarm, event, model, overview
from web_serving import Seen, served

from holdtrue.catalog import AlarmRecord
from holdtrue.foundation import UnknownReference
from holdtrue.monitors.diagnosis import (
    Bar,
    Beginning,
    Carrier,
    Carriers,
    Cause,
    Diagnosis,
    Effect,
    Example,
    Picture,
    Segment,
)
from holdtrue.web import alarm_page
from holdtrue.workspace import ShownAlarm

EVIL = '<script>alert("x")</script>'

DIAGNOSIS = Diagnosis(
    rows=241,
    baseline_rows=2217,
    begin=Beginning(
        row=2262,
        id="p2262",
        time=JULY_1996,
        first_row=2250,
        last_row=2266,
        first_time=JULY_1996,
        last_time=JULY_1996,
        coverage=0.9,
    ),
    effect=Effect(before=1473.0, now=137.0, unit="sq ft", superiority=0.01, low=0.005, high=0.02),
    carriers=Carriers(
        of="the change of the average prediction",
        unit="USD",
        total=-30_000.0,
        parts=(
            Carrier(name="area", part=1.1, value=-33_000.0, before=2000.0, now=-31_000.0),
            Carrier(name="beds", part=-0.12, value=3_600.0),
        ),
        rest=-600.0,
    ),
    moved=(("area", 40.0),),
    causes=(
        Cause(kind="unit", columns=("area",), clause="area in sq m", words="area: written as sq m", confidence=0.8),
        Cause(kind="drift", columns=(EVIL,), clause=EVIL, words=f"{EVIL} itself has changed", confidence=0.2),
    ),
    segments=(Segment(field="wall", value=EVIL, rows=40, before=1400.0, now=120.0, part=0.4, by_chance=0.001),),
    segments_note="41 segments looked at",
    pictures=(
        Picture(
            quantity="area",
            unit="sq ft",
            numeric=True,
            bars=(Bar("60 to 321", 0.0, 0.9), Bar("321 to 581", 1.0, 0.05), Bar("(missing)", 0.0, 0.05)),
        ),
        Picture(quantity="wall", unit="", numeric=False, bars=(Bar(EVIL, 0.2, 0.4), Bar("wood", 0.8, 0.6))),
    ),
    examples=(Example(id="p2262", time=JULY_1996, values={"area": 111, "wall": EVIL, "prediction": None}),),
)


def shown(diagnosis: Diagnosis | None = DIAGNOSIS) -> ShownAlarm:
    record = AlarmRecord(
        id="alarm-1",
        model="house-price",
        watch="house-price/production",
        epoch=1,
        raised_at=NOW,
        group="inputs",
        quantity="area",
        time=JULY_1996,
        data={"message": "area: average 137 since 1 July 1996", "version": "house-price:v1", "level": None},
    )
    return ShownAlarm(alarm=record, diagnosis=diagnosis)


def test_the_page_says_what_is_known_and_escapes_what_came_from_users() -> None:
    html = alarm_page(shown())
    page = Seen(html)
    for said in (
        "open: area: average 137 since 1 July 1996",
        "likely 80%",
        "area: written as sq m",
        "perhaps 20%",
        "row 2,263, 1 July 1996; with 90% probability between row 2,251 and 2,267",
        "average 137 sq ft, was 1,473 sq ft; a value now is higher than one before in 1% of pairs (0.5% to 2%)",
        "area 110%",
        "beds -12%",
        "the rest 2%",
        "missing: 5%, was 0%",
        "41 segments looked at",
        "p2262 1 July 1996",
        "Made of 241 rows since the change",
    ):
        assert said in page.text
    assert EVIL not in html and "None" not in page.text
    assert page.text.count(EVIL) == 4
    assert "default-src 'none'" in html
    assert not page.values("src")


def test_an_alarm_without_a_diagnosis_has_a_page_too() -> None:
    assert "No diagnosis of it is kept" in Seen(alarm_page(shown(None))).text


def test_a_server_has_a_page_for_each_alarm_and_the_home_page_leads_there() -> None:
    def found(ref: str) -> ShownAlarm:
        if ref != "alarm-1":
            raise UnknownReference(f"no alarm {ref}")
        return shown()

    said = msgspec.structs.replace(alarm(1), cause="likely: wood is now called Wood")
    with served(lambda: overview(model(alarms=(said,))), alarm=found) as site:
        home, page, none = Seen(site.get("/").text), site.get("/alarms/alarm-1"), site.get("/alarms/nope")
        style = Seen(page.text).values("href")[1]
        assert site.get("/" + style.removeprefix("../")).status == 200
    assert "likely: wood is now called Wood" in home.text
    assert "alarms/alarm-1" in home.values("href")
    assert page.status == 200
    assert "style-src 'self'" in page.headers["content-security-policy"]
    assert "<style>" not in page.text
    assert none.status == 404


@pytest.mark.parametrize("cause", ["", "likely: x"])
def test_without_pages_of_alarms_the_home_page_leads_to_none(cause: str) -> None:
    with served(lambda: overview(model(alarms=(msgspec.structs.replace(alarm(1), cause=cause),)))) as site:
        assert not [each for each in Seen(site.get("/").text).values("href") if (each or "").startswith("alarms/")]
        assert site.get("/alarms/alarm-1").status == 404


def test_every_alarm_leads_to_its_page_where_there_are_such() -> None:
    past = alarm(2, status="superseded", why="superseded by house-price:v2")
    closed = alarm(3, status="accepted", why="the county changed its form")
    raised = event(1, "alarm.raised", actor="monitor", subject="alarm:alarm-1", data={"quantity": "wall"})
    seen = overview(model(alarms=(alarm(1, cause="likely: wall itself"), past, closed)), events=(raised,))
    with served(lambda: seen, alarm=lambda name: shown()) as site:
        page = Seen(site.get("/").text)
    links = page.values("href")
    assert [links.count(f"alarms/alarm-{number}") for number in (1, 2, 3)] == [2, 1, 1]
    assert "Superseded by house-price:v2" in page.text and "uperseded: superseded" not in page.text
    assert "Accepted: the county changed its form" in page.text


def test_an_alarm_that_goes_on_says_what_to_do_and_one_that_is_over_does_not() -> None:
    accept = "holdtrue alarms accept alarm-1 --why"
    for status, going_on in (("open", True), ("changing", True), ("resolved", False), ("superseded", False)):
        record = msgspec.structs.replace(shown().alarm, id="alarm-1", status=status, why=f"{status} since then")
        page = alarm_page(msgspec.structs.replace(shown(), alarm=record))
        assert (accept in page) is going_on
        assert ("verdict bad" in page) is going_on
        assert f"; {status} since then" in Seen(page).text
