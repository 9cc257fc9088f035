"""What users write is text on the page, whatever it is."""

from __future__ import annotations

from typing import Any

import jinja2
import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from web_overviews import alarm, event, model, overview
from web_serving import Seen, served

from holdtrue.foundation import WrongUse
from holdtrue.web.assets import assets
from holdtrue.web.readings import Problem, Reading
from holdtrue.web.rendering import Renderer
from holdtrue.workspace import Comparison, EventOverview, Overview

HOSTILE = "</p></main><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{ 7 * 7 }}&lt;"
STATES = {"status", "kind"}  # what the page goes by


def filled(value: Any, text: str, name: str = "") -> Any:
    """Put `text` wherever a struct has a string that is not empty."""
    if isinstance(value, str):
        return text if value and name not in STATES else value
    if isinstance(value, tuple):
        return tuple(filled(each, text, name) for each in value)
    if isinstance(value, dict):
        return {key: filled(each, text) for key, each in value.items()}
    if isinstance(value, msgspec.Struct):
        fields = {name: filled(getattr(value, name), text, name) for name in value.__struct_fields__}
        if isinstance(value, Comparison):
            fields["name"] = f"error {text}"  # the name says which figure the curve belongs to
        if isinstance(value, EventOverview):
            fields |= {"id": text + value.id, "why": text + value.id}  # a reason given twice is shown once
        return type(value)(**fields)
    return value


def everything() -> Overview:
    alarms = (alarm(1), alarm(2, status="superseded"))
    events = (event(1), event(2, "alarm.raised", data={"quantity": "wall"}), event(3, "retrain.finished"))
    return overview(
        model(alarms=alarms, waiting=("waits",), forced=True, versions=3),
        model(name="idle", answered=0, refused=0, labelled=0),
        model(name="new", version=None),
        events=events,
        notes=("a note",),
    )


RENDERER = Renderer("houses", assets())


def shape(text: str) -> list[tuple[str, tuple[str, ...]]]:
    reading = Reading(overview=filled(everything(), text), problem=Problem(text, text))
    return Seen(RENDERER.render(reading, "http://localhost").page).shape


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=60) | st.text(alphabet="<>&\"'/!-=` ascript", min_size=1))
def test_no_text_adds_takes_or_changes_an_element(text: str) -> None:
    assert shape(text) == shape("plain")


def test_hostile_text_is_shown_as_it_is() -> None:
    assert shape(HOSTILE) == shape("plain")
    with served(lambda: filled(everything(), HOSTILE), title=HOSTILE) as site:
        answer = site.get("/")
        page = Seen(answer.text)
    assert [attributes.get("src") for tag, attributes in page.elements if tag == "script"] == [page.values("src")[0]]
    assert "alert(1)" in page.text
    assert "<script>alert" not in answer.text
    assert "{{ 7 * 7 }}" in page.text


def test_an_error_is_shown_as_text_too() -> None:
    def fail() -> Overview:
        raise WrongUse(HOSTILE, hint=HOSTILE)

    with served(fail) as site:
        answer = site.get("/")
    assert answer.status == 503
    assert "<script>alert" not in answer.text
    assert HOSTILE[:20] in Seen(answer.text).text


def test_templates_fail_on_a_name_that_is_not_there() -> None:
    reading = Reading(overview=None, problem=None)
    assert RENDERER.render(reading, "").as_of == ""
    environment = RENDERER._home.environment
    assert environment.undefined is jinja2.StrictUndefined
    assert environment.autoescape is True
