"""What a person writes is what is meant, or the error lists what there is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.foundation import UnknownReference, WrongUse, is_data_name, is_model_name
from holdtrue.registry import DataRef, RecordRef, VersionRef, is_alias_name, parse_reference, resolve, resolve_data


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("house-price", VersionRef("house-price", "")),
        ("house-price:v3", VersionRef("house-price", "v3")),
        (":production", VersionRef("", "production")),
        (" a.b_c:0f3a77 ", VersionRef("a.b_c", "0f3a77")),
        ("0f3a77", VersionRef("", "0f3a77")),
        ("sales@3", DataRef("sales", 3)),
        ("sales@latest", DataRef("sales", None)),
        ("1996@2", DataRef("1996", 2)),
        ("run:01h", RecordRef("run", "01h")),
        ("prediction:x/y", RecordRef("prediction", "x/y")),
        ("alarm:7", RecordRef("alarm", "7")),
    ],
)
def test_every_form_is_read(text: str, meant: object) -> None:
    assert parse_reference(text) == meant
    assert parse_reference(str(meant)) == meant


@pytest.mark.parametrize("text", ["", ":", "house:", "a b", "sales@x", "a:b:c", "../etc", "run:"])
def test_what_names_nothing_says_what_would(text: str) -> None:
    with pytest.raises(WrongUse, match="names nothing") as caught:
        parse_reference(text)
    assert "NAME:v3" in caught.value.hint


@given(st.text(max_size=12))
def test_no_text_is_read_in_two_ways(text: str) -> None:
    try:
        meant = parse_reference(text)
    except WrongUse:
        return
    assert parse_reference(str(meant)) == meant


@pytest.mark.parametrize(
    ("word", "may"),
    [
        ("production", True),
        ("blue-2", True),
        ("v3", False),
        ("latest", False),
        ("Blue", False),
        ("", False),
        ("a:b", False),
    ],
)
def test_names_that_mean_something_else_are_no_aliases(word: str, may: bool) -> None:
    assert is_alias_name(word) is may


@given(st.from_regex(r"[a-z0-9_.-]{1,8}", fullmatch=True) | st.sampled_from(["v1", "run", "alarm", "latest", "2nd"]))
def test_whatever_may_be_a_name_can_be_referred_to(word: str) -> None:
    if is_model_name(word):
        assert parse_reference(word) == VersionRef(word, "")
        assert parse_reference(f"{word}:v3") == VersionRef(word, "v3")
        assert parse_reference(f"{word}:production") == VersionRef(word, "production")
    if is_data_name(word):
        assert parse_reference(f"{word}@3") == DataRef(word, 3)
        assert parse_reference(f"{word}@latest") == DataRef(word, None)


def test_versions_are_found_by_every_name_they_have(house: Any) -> None:
    one, two, three = house.add(), house.add(), house.add()
    catalog = house.catalog
    catalog.aliases.move("house-price", "production", two.id, by="a", why="", forced=False, at=1)
    for ref, version in (
        ("house-price:v1", one),
        ("v1", one),
        (":v3", three),
        ("house-price:latest", three),
        ("latest", three),
        ("house-price:production", two),
        ("production", two),
        ("house-price", two),
        (f"house-price:{one.id[:10]}", one),
        (one.id, one),
    ):
        assert resolve(catalog, ref, "house-price") == version, ref
        assert resolve(catalog, ref) == version, ref
    assert resolve(catalog, "house-price", bare="candidate") == three


def test_a_project_with_several_models_needs_the_name(house: Any) -> None:
    one = house.add()
    other = house.add(model="churn")
    assert resolve(house.catalog, "churn") == other
    assert resolve(house.catalog, "v1", "house-price") == one
    with pytest.raises(UnknownReference, match="no model was named") as caught:
        resolve(house.catalog, ":v1")
    assert "churn, house-price" in caught.value.hint


@pytest.mark.parametrize(
    ("ref", "message", "hint"),
    [
        ("house-prise:v1", "no model house-prise", "did you mean house-price? there is only house-price"),
        ("house-price:v9", "no version house-price:v9", "there are: production, v2, v1"),
        ("house-price:prodution", "no version house-price:prodution", "did you mean production?"),
        ("prodution", "no version house-price:prodution", "did you mean production?"),
        ("house-prise", "no version house-price:house-prise", "did you mean house-price?"),
        ("v9", "no version house-price:v9", "there are: production, v2, v1"),
        ("house-price:ffffffffff", "no version house-price:ffffffffff", "there are: production, v2, v1"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(house: Any, ref: str, message: str, hint: str) -> None:
    house.add()
    two = house.add()
    house.catalog.aliases.move("house-price", "production", two.id, by="a", why="", forced=False, at=1)
    with pytest.raises(UnknownReference) as caught:
        resolve(house.catalog, ref, "house-price")
    assert caught.value.message == message
    assert hint in caught.value.hint
    assert not caught.value.hint.endswith(", house-price")  # a model's name is no version of it


def test_a_model_without_versions_says_how_to_make_one(house: Any) -> None:
    with pytest.raises(UnknownReference, match="house-price has no version yet") as caught:
        resolve(house.catalog, "house-price", "house-price")
    assert caught.value.hint == "holdtrue run"
    with pytest.raises(UnknownReference, match="there is no version of any model yet, so none is v1") as caught:
        resolve(house.catalog, "v1")
    assert caught.value.hint == "holdtrue run makes one"


def test_a_hash_that_begins_two_versions_is_not_guessed(house: Any) -> None:
    for number, version in enumerate(("abcdef" + "0" * 58, "abcdef" + "1" * 58)):
        house.catalog.versions.add("house-price", version, number, "run", True, {})
    with pytest.raises(WrongUse, match=r"could be v1 .* v2"):
        resolve(house.catalog, "abcdef")
    assert resolve(house.catalog, "abcdef1").number == 2


def test_an_alias_comes_before_a_hash(house: Any) -> None:
    house.catalog.versions.add("house-price", "facade" + "0" * 58, 1, "run", True, {})
    second = house.catalog.versions.add("house-price", "1" * 64, 2, "run", True, {})
    house.catalog.aliases.move("house-price", "facade", second.id, by="a", why="", forced=False, at=1)
    assert resolve(house.catalog, "house-price:facade") == second


def test_only_the_right_kind_of_thing_is_taken(house: Any) -> None:
    house.add()
    with pytest.raises(WrongUse, match="sales@1 is not a model version"):
        resolve(house.catalog, "sales@1")
    with pytest.raises(WrongUse, match="v1 is not a data version"):
        resolve_data(house.catalog, "house-price:v1")


def test_data_versions_are_found(house: Any) -> None:
    data = house.catalog.data
    one, two = data.add("sales", "a" * 64, 1, 10), data.add("sales", "b" * 64, 2, 20)
    assert resolve_data(house.catalog, "sales@1") == one
    assert resolve_data(house.catalog, "sales@latest") == two
    with pytest.raises(UnknownReference) as caught:
        resolve_data(house.catalog, "sales@7")
    assert "sales@2, sales@1" in caught.value.hint
    with pytest.raises(UnknownReference) as caught:
        resolve_data(house.catalog, "sale@1")
    assert "did you mean sales?" in caught.value.hint
