"""What the home page says in each state of a project, and how it is guarded."""

from __future__ import annotations

import re

import msgspec
import pytest
from web_overviews import JULY_1996, alarm, event, model, overview
from web_serving import Seen, served

from holdtrue.foundation import SECOND
from holdtrue.web.assets import assets
from holdtrue.workspace import GroupEvidence, Overview, ReasonShare


def look(shown: Overview) -> Seen:
    with served(lambda: shown) as site:
        answer = site.get("/")
    assert answer.status == 200
    return Seen(answer.text)


def test_a_model_in_production_is_shown_with_traffic_error_evidence_and_curve() -> None:
    page = look(overview(model()))
    for said in (
        "✓ No open alarms",
        "v1 in production for 4 minutes",
        "by ada: asked for",
        "watched 2,263 312 rows/s",
        "refused 6 0.26%",
        "Rows up to 5 July 1996, by the data's own time",
        "mean absolute error USD, last 100 rows 21,480 16,920 27% higher",
        "Inputs little: wall=wood 2,263 rows",
        "Reasons much: garagesqft 2,263 rows",
        "At most 1 false alarm in 100,000 rows or 30 days, whichever is rarer, all watches together",
        "v1 in production by ada",
        "keeps 12.4 MB, less than a cent a month",
    ):
        assert said in page.text
    assert len(page.values("points")) == 1
    assert "from 16,100 USD to 21,480 USD; in the baseline 16,920 USD" in "".join(page.values("aria-label"))


def test_inputs_and_reasons_stand_beside_the_baseline_in_their_own_units() -> None:
    shown = model()
    text = look(overview(shown)).text
    assert "Inputs last 500 rows beside the baseline, what differs most first" in text
    assert 'wall in alarm share of "metlvnyl" 31% 8.3% +23 points' in text
    assert "area average, sq ft; missing 4%, was 0% 1,412 1,398 +14.2" in text
    assert "What drives predictions 2,263 rows explained; order of the baseline kept: 0.97 of 1" in text
    assert "garagesqft 32% 8%" in text and "more" not in text
    many = tuple(msgspec.structs.replace(shown.inputs[1], name=f"field {place}") for place in range(8))
    shares = tuple(ReasonShare(name=f"feature {place}", now=0.125, baseline=0.125) for place in range(8))
    assert shown.reasons is not None
    reasons = msgspec.structs.replace(shown.reasons, features=shares)
    text = look(overview(model(inputs=many, reasons=reasons))).text
    assert "3 more" in text and "field 7" in text and "3 other features 38% 38%" in text
    without = look(overview(model(inputs=(), reasons=None))).text
    assert "beside the baseline" not in without and "What drives" not in without


def test_an_open_alarm_is_announced_in_words_with_data_time_and_wall_time() -> None:
    page = look(overview(model(alarms=(alarm(1), alarm(2, status="superseded")), waiting=("retrain: 12 of 300",))))
    assert "▲ 1 open alarm: house-price wall=wood" in page.text
    assert "Raised 14:08:50 UTC (data: 5 July 1996) · began about 1 July 1996 · found after 41 rows · v1" in page.text
    assert "With it: wall=metlvnyl" in page.text
    assert "retrain: 12 of 300" in page.text
    assert "Earlier alarms" in page.text
    verdict = next(attributes for _, attributes in page.elements if attributes.get("data-key") == "verdict")
    assert verdict["aria-live"] == "polite"
    assert "#alarm-alarm-1" in page.values("href")
    assert "alarm-alarm-1" in page.values("id")


def test_why_errors_are_not_estimated_is_said() -> None:
    why = "errors cannot be estimated without labels: that takes 200 held rows, and there are 80"
    assert why.capitalize() in look(overview(model(unestimated=why))).text


def test_what_an_alarm_s_message_says_is_not_said_twice() -> None:
    message = "wall: share of wood 29% since 1 July 1996 (52% in the baseline); found after 41 rows"
    page = look(overview(model(alarms=(alarm(message=message),))))
    assert page.text.count("found after 41 rows") == page.text.count("since 1 July 1996") == 1
    assert "began about" not in page.text


def test_each_event_has_its_own_reason_and_the_whole_of_it_stands_at_the_alarm() -> None:
    why = "wall: share of wood 29% since 1 July 1996 (52% in the baseline); found after 41 rows"
    raised = event(1, "alarm.raised", why=why, actor="monitor", subject="alarm:1", data={"quantity": "wall"})
    sent = event(2, "alert.sent", why=why, actor="policy", subject="alarm:1")
    note = "watched against the baseline of house-price:v1; inputs not comparable: it has no wall"
    begun = event(3, "watch.begun", why=note, actor="loop", subject="house-price:v1")
    served = event(4, "version.served", why=why, actor="server", subject="house-price:v1")
    page = look(overview(model(), events=(served, begun, sent, raised)))
    assert "Alert sent by a policy wall: share of wood 29% since 1 July 1996 14:" in page.text
    assert f"Alarm: wall by the monitor {why}" in page.text
    assert "Serving: v1 by the server 14:" in page.text  # its reason is that of the promotion
    assert page.text.count(why) == 1 and "below" not in page.text


def test_a_rollback_is_called_so_with_its_cause() -> None:
    why = "wall: share of wood 29% since 1 July 1996 (52% in the baseline); found after 41 rows; house-price:v1 passed"
    page = look(overview(model(back=True, why=why, promoted_by="policy")))
    assert "UTC by a policy, because wall: share of wood 29% since 1 July 1996 1 version" in page.text
    assert "Rolled back at 14:" in page.text


def test_what_is_long_ago_is_folded_and_nothing_scrolls_within_the_page() -> None:
    many = tuple(event(number) for number in range(25, 0, -1))
    past = tuple(alarm(number, status="superseded") for number in range(5))
    page = look(overview(model(alarms=past), events=many))
    assert "15 earlier events" in page.text and "Earlier alarms" in page.text and "2 more" in page.text
    assert page.values("class").count("event ") == 25
    assert "overflow-y" not in assets()["holdtrue.css"].body.decode()


def test_a_version_promoted_by_force_is_called_so_and_its_reference_named() -> None:
    page = look(overview(model(version="v3", versions=3, forced=True, reference="v2")))
    assert "! promoted by force, its gate had not passed" in page.text
    assert "3 versions · watched against v2, the last that passed its gate" in page.text


def test_data_time_is_shown_beside_wall_time_only_where_they_differ() -> None:
    events = (event(2, time=JULY_1996), event(1, time=event(1).at - 5 * SECOND))
    page = look(overview(model(data_time=None), events=events))
    assert page.values("class").count("data-time") == 1
    assert "14:09:00 data: 1 July 1996" in page.text
    assert "by the data's own time" not in page.text


def test_an_empty_project_says_what_to_do_next() -> None:
    page = look(overview(root="/home/ada/my houses"))
    assert "→ Nothing trained yet" in page.text
    assert "cd '/home/ada/my houses'" in page.text
    assert "holdtrue run" in page.text
    assert "Nothing has happened yet" in page.text


def test_a_model_without_a_version_in_production_says_how_to_promote_one() -> None:
    page = look(overview(model(version=None, versions=2, answered=0, refused=0)))
    assert "2 versions are registered and none answers requests" in page.text
    assert "holdtrue promote house-price:v2" in page.text
    assert "holdtrue run house-price" in look(overview(model(version=None, versions=0))).text


def test_a_model_without_traffic_says_how_to_send_some_to_this_very_server() -> None:
    shown = overview(model(answered=0, refused=0, labelled=0))
    with served(lambda: shown) as site:
        page = Seen(site.get("/").text)
        assert f"curl {site.url}/models/house-price/predict -d @rows.json" in page.text
        assert f"holdtrue replay FILE --to {site.url}" in page.text
        elsewhere = Seen(site.get("/", Host="models.example:8700").text)
        assert "--to http://models.example:8700" in elsewhere.text
        forged = site.get("/", Host='x"; rm -rf <b>').text
        assert "rm -rf" not in forged
        assert "--to http://localhost" in forged


def test_a_model_without_labels_says_how_to_give_them() -> None:
    page = look(overview(model(labelled=0, error_series=())))
    assert "holdtrue labels add FILE" in page.text
    assert page.values("points") == []


@pytest.mark.parametrize(
    ("level", "width"), [(-1.0, "0%"), (0.0, "0%"), (0.437, "43.7%"), (1.0, "100%"), (7.0, "100%")]
)
def test_a_meter_is_as_wide_as_its_level_and_never_wider_than_its_track(level: float, width: str) -> None:
    evidence = (GroupEvidence(group="inputs", level=level, quantity="area", rows=9),)
    page = look(overview(model(evidence=evidence)))
    fill = next(a for tag, a in page.elements if tag == "rect" and (a["class"] or "").startswith("fill"))
    assert (fill["width"] or "").replace(".0%", "%") == width


def test_what_alarmed_is_not_said_to_show_no_evidence() -> None:
    after = {"level": 0.0, "rows": 2500, "alarm_row": 2263}
    one = GroupEvidence(group="inputs", quantity="area", left=("wall=wood",), **after)
    text = look(overview(model(evidence=(one,)))).text
    assert "Inputs none 2,500 rows · wall=wood has alarmed, at row 2,263" in text
    whole = GroupEvidence(group="predictions", quantity="", left=("prediction",), **after)
    text = look(overview(model(evidence=(whole,)))).text
    assert "Predictions 2,500 rows · all of it has alarmed, the last at row 2,263" in text


def test_the_api_gives_the_struct() -> None:
    shown = overview(model(alarms=(alarm(),)), notes=("a note",))
    with served(lambda: shown) as site:
        answer = site.get("/api/overview")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert msgspec.json.decode(answer.body, type=Overview) == shown


def test_every_answer_is_guarded_and_the_page_needs_nothing_that_the_policy_forbids() -> None:
    shown = overview(model(alarms=(alarm(),)))
    with served(lambda: shown) as site:
        page = site.get("/")
        links = [*Seen(page.text).values("src"), *Seen(page.text).values("href")]
        static = [link for link in links if link.startswith("static/")]
        assert len(static) == 3
        for link in [link for link in links if not link.startswith("#")]:
            answer = site.get("/" + link)
            assert answer.status == 200, link
        for path in ("/", "/live", "/api/overview", "/static/none", *("/" + link for link in static)):
            headers = site.get(path).headers
            policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
            assert policy["default-src"] == "'none'"
            assert {policy[kind] for kind in ("script-src", "style-src", "img-src", "connect-src")} == {"'self'"}
            assert headers["x-content-type-options"] == "nosniff"
    assert not any("://" in link for link in links)
    for tag, attributes in Seen(page.text).elements:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert tag not in ("style", "iframe", "form")
        assert tag != "script" or attributes["src"]


def test_static_files_name_their_content_and_nothing_else_is_served() -> None:
    with served(overview) as site:
        links = [link for link in Seen(site.get("/").text).values("href") if link.startswith("static/")]
        sheet = next(link for link in links if ".css" in link)
        answer = site.get("/" + sheet)
        assert answer.headers["content-type"] == "text/css; charset=utf-8"
        assert "immutable" in answer.headers["cache-control"]
        assert re.search(r"url\(|@import", answer.text) is None
        for path in ("/static/../home.py", "/static/..%2fhome.py", "/static/none.css", "/static/"):
            assert site.get(path).status == 404


def test_the_live_part_is_the_page_without_its_frame_and_is_sent_only_when_it_differs() -> None:
    shown = [overview(model())]
    now = [0.0]
    with served(lambda: shown[0], monotonic=lambda: now[0]) as site:
        first = site.get("/live")
        assert first.text.strip() in site.get("/").text
        again = site.get("/live", If_None_Match=first.headers["etag"])
        assert (again.status, again.body) == (304, b"")
        later = shown[0].at + SECOND
        shown[0], now[0] = msgspec.structs.replace(shown[0], at=later), 1.0
        same = site.get("/live", If_None_Match=first.headers["etag"])
        assert same.status == 304
        assert same.headers["holdtrue-as-of"] == "2026-11-24T14:10:01Z"
        shown[0], now[0] = overview(model(alarms=(alarm(),))), 2.0
        other = site.get("/live", If_None_Match=first.headers["etag"])
        assert other.status == 200
        assert "1 open alarm" in Seen(other.text).text


def test_times_outside_the_calendar_break_nothing() -> None:
    page = look(overview(model(data_time=10**18, alarms=(alarm(time=-(10**18), began_time=10**18),))))
    assert "outside the calendar" in page.text


def test_many_models_stand_side_by_side_and_events_name_theirs() -> None:
    page = look(overview(*(model(name=f"model-{n}", alarms=(alarm(n),)) for n in range(8)), events=(event(1),)))
    assert "8 open alarms" in page.text
    assert "and 2 more" in page.text
    assert [f"model-model-{n}" for n in range(8)] == [id_ for id_ in page.values("id") if id_.startswith("model-")]
    assert "house-price, by ada" in page.text
    assert len(page.values("id")) == len(set(page.values("id")))
