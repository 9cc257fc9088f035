"""Which language texts are in."""

from __future__ import annotations

import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.profiles import LANGUAGES, TextSample, language_of, languages_like
from holdtrue.profiles.languages import SAMPLED

SENTENCES = {
    "en": [
        "Well kept family home close to schools and shops.",
        "New roof in 2019, the kitchen needs some work.",
        "PRICE REDUCED, OWNER WANTS A QUICK SALE",
        "see you at the station around six then",
    ],
    "de": [
        "Gepflegtes Einfamilienhaus in ruhiger Lage mit Garten.",
        "Das Dach ist neu, die Küche muss erneuert werden.",
        "wir treffen uns dann um sechs am Bahnhof",
    ],
    "fr": [
        "Maison familiale bien entretenue, proche des écoles.",
        "Le toit est neuf mais la cuisine est à refaire.",
        "on se retrouve vers six heures devant la gare",
    ],
    "es": [
        "Casa familiar muy cuidada cerca de los colegios.",
        "El tejado es nuevo, pero hay que renovar la cocina.",
    ],
    "it": ["Casa ben tenuta, vicina alle scuole e ai negozi.", "Il tetto è nuovo ma la cucina è da rifare."],
    "nl": ["Goed onderhouden woning dicht bij scholen en winkels.", "Het dak is nieuw, maar de keuken moet nog."],
    "pl": ["Zadbany dom rodzinny blisko szkół i sklepów.", "Dach jest nowy, ale kuchnia wymaga remontu."],
    "ru": ["Ухоженный семейный дом рядом со школой и магазинами.", "Крыша новая, а кухню нужно переделать."],
    "zh": ["房子保养得很好，离学校和商店都很近，屋顶是新的，厨房需要翻修。"],
}


def test_short_texts_are_told_apart() -> None:
    told = [(code, language_of(text)) for code, texts in SENTENCES.items() for text in texts]
    assert [pair for pair in told if pair[0] != pair[1]] == []


def test_capitals_are_read_as_small_letters() -> None:
    assert language_of("THREE BEDROOM RANCH, UPDATED BATH, MOTIVATED SELLER") == "en"


texts = st.lists(
    st.sampled_from([text for many in SENTENCES.values() for text in many]) | st.sampled_from(["ok", "?", None, "n/a"])
)


@settings(deadline=None)
@given(texts, st.lists(st.integers(0, 30), max_size=4))
def test_the_sample_is_the_same_however_the_column_is_cut(column: list[str | None], cuts: list[int]) -> None:
    whole, parts = TextSample(), TextSample()
    series = pl.Series("x", column, dtype=pl.String)
    whole.add(series)
    for start, end in itertools.pairwise([0, *sorted(min(cut, len(column)) for cut in cuts), len(column)]):
        parts.add(series[start:end])
    assert parts.texts == whole.texts
    assert set(whole.texts) == {text for text in column if text and len(text) > 10}


def test_of_many_texts_some_are_looked_at_and_the_error_is_said() -> None:
    english = [f"The house number {place} has a large garden and a new roof." for place in range(4_000)]
    german = [f"Das Haus Nummer {place} hat einen großen Garten und ein neues Dach." for place in range(2_000)]
    column = pl.Series([*english, *german])
    whole, parts = TextSample(), TextSample()
    whole.add(column)
    for start in range(0, 6_000, 700):
        parts.add(column[start : start + 700])
    assert parts.texts == whole.texts and len(whole.texts) == SAMPLED
    assert not whole.complete and not parts.complete
    found = whole.share("en")
    assert found is not None
    share, error = found
    assert error == pytest.approx(0.0105, abs=0.0005)
    assert abs(share - 2 / 3) < 4 * error
    assert whole.share("de") == pytest.approx((1 - share, error))


def test_without_a_text_that_is_long_enough_nothing_is_said() -> None:
    sample = TextSample()
    sample.add(pl.Series(["ok", None, "12345678901234567890123"]))
    assert sample.share("en") is None and sample.complete


def test_codes_are_named_by_the_nearest() -> None:
    assert "en" in LANGUAGES and len(set(LANGUAGES)) == len(LANGUAGES)
    assert languages_like("EN") == 'write "en"'
    assert languages_like(7).startswith("there are af, ar")
