"""A pattern in the other dialect takes exactly the texts that it takes in its own; slow ones are known."""

from __future__ import annotations

import re
import warnings

import pytest
import regress
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdtrue.contracts.exchange.patterns import from_ecma, to_ecma
from holdtrue.contracts.exchange.slow_patterns import why_slow

LETTERS = "ab-]^{},0 \n\r\x1c\x85\u00a0\u2028\ufeff٣é中😀_/"
SHARED = [
    "a",
    "b",
    "c",
    "0",
    "-",
    " ",
    "/",
    "é",
    "😀",
    "_",
    "\\.",
    "\\-",
    "\\n",
    "\\t",
    "\\x41",
    "\\u0062",
    "\\\\",
    "\\^",
]
SETS = ["[ab]", "[^a]", "[a-c0-9]", "[-a]", "[a-]", "[^\\n]", "[.$]", "[{}]", "[\\]a]", "[\\s\\S]", "[^]", "[]",
        "[]a]", "[^]a]", "[a\\-]", "[\\^a]", "[\\sb]", "[\\S]", "[\\d]", "[\\wé]", "[\\D]", "[a[]",
        "[\\x41-\\x5a]"]  # fmt: skip
CLASSES = [".", "\\d", "\\D", "\\s", "\\S", "\\w", "\\W", "\\b", "\\B"]
TIMES = ["*", "+", "?", "{2}", "{1,2}", "{0,1}", "{,2}", "{2,}", "{,}", "*?", "+?", "??", "*+", "{,1}+", "{1}?"]
ENDS = ["^", "$", "\\A", "\\Z"]
ODD = ["{", "}", "]", "{,3}", "{a}", "\\1", "\\0", "\\101", "\\N{EM DASH}", "\\U0001F600", "\\u{1F600}", "\\a", "\\cJ",
       "\\p{L}", "(?#x)", "(?i)", "(?i:a)", "(?>a)"]  # fmt: skip

ATOMS = st.one_of(
    *(st.sampled_from(each) for each in (SHARED, SHARED, SETS, CLASSES, ENDS, ODD)),
)


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = st.builds(
        "{}{})".format, st.sampled_from(["(", "(?:", "(?=", "(?!", "(?P<n>", "(?<n>", "(?<=", "(?<!"]), inner
    )
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map("".join),
        st.builds("{}{}".format, group, st.sampled_from(["", "", *TIMES])),
        st.builds("{}{}".format, st.sampled_from([*SHARED, *SETS, *CLASSES]), st.sampled_from(TIMES)),
        st.builds("{}|{}".format, inner, inner),
    )


PATTERNS = st.recursive(ATOMS, compound, max_leaves=8)
TEXTS = st.lists(st.text(st.sampled_from(LETTERS + "ab" * 5), max_size=5), min_size=5, max_size=25)


def ecma(pattern: str) -> regress.Regex | None:
    try:
        return regress.Regex(pattern, "u")
    except regress.RegressError:
        return None


def python(pattern: str) -> re.Pattern[str] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sets that a later release of Python may read otherwise
        try:
            return re.compile(pattern)
        except (re.error, OverflowError):
            return None


@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PATTERNS, TEXTS)
def test_what_is_exported_takes_the_same_texts(pattern: str, texts: list[str]) -> None:
    own = python(pattern)
    if own is None:
        return
    translated = to_ecma(pattern)
    assert (translated.pattern is None) == bool(translated.note)
    if translated.pattern is None:
        return
    other = ecma(translated.pattern)
    assert other is not None, (pattern, translated.pattern)
    library = python(translated.pattern)  # Python's own validators read it as their own
    assert library is not None
    for text in texts:
        taken = own.fullmatch(text) is not None
        assert (other.find(text) is not None) is taken, (pattern, translated.pattern, text)
        if "\n" not in text:
            assert (library.search(text) is not None) is taken, (pattern, translated.pattern, text)


@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PATTERNS, TEXTS)
def test_what_is_imported_takes_the_same_texts(pattern: str, texts: list[str]) -> None:
    other = ecma(pattern)
    if other is None:
        return
    translated = from_ecma(pattern)
    assert (translated.pattern is None) == bool(translated.note)
    if translated.pattern is None:
        return
    own = python(translated.pattern)
    assert own is not None
    for text in texts:
        found = other.find(text) is not None
        assert (own.fullmatch(text) is not None) is found, (pattern, translated.pattern, text)


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        (r"[A-Z]{2}\-[0-9]+", "^(?:[A-Z]{2}-[0-9]+)$"),
        ("a$|b$", "^(?:a$|b$)$"),
        ("(a$)b?", r"^(?:(a(?=\n?$))b?)$"),
        ("x.y", r"^(?:x[^\n]y)$"),
        (r"\Aab\Z", "^(?:^ab$)$"),
        ("a{", r"^(?:a\{)$"),
        ("[]a]", r"^(?:[\]a])$"),
        (r"\d+", None),
        (r"[\w.]+", None),
        (r"\bx", None),
        ("(?i)x", None),
        ("a++", None),
        (r"(a)\1", None),
        ("(?=a)*b", None),
    ],
)
def test_what_has_another_meaning_is_written_otherwise_or_left_out(pattern: str, written: str | None) -> None:
    translated = to_ecma(pattern)
    assert translated.pattern == written
    assert bool(translated.note) is (written is None)


SLOW = [
    "(a+)+", "(a*)*", "(a|a)*", "(a|ab|b)*", "(a?b?)*", "([a-z]|[a-c0-9])+x", "(.*)*x", "((a{1,3}))+", "(x+x+)+y",
    "(a{0,30}){1,40}", r"(\s*,\s*)*", "(?=(a+)+$).*", r'([^"]|\\.)*', "(([a-z])+.)+[A-Z]", "(?:(?:[^<>]+)|x)*",
    "(?:a|(?:b|[a-c]))+", "(a|b*)*",
    "((a?){9}){9}", "((a|b|ab){0,9}){0,9}", "((a|a){0,9}){0,9}", "(a?){25}",
]  # fmt: skip
QUICK = [
    "a+b+", "[a-z0-9]+(?:-[a-z0-9]+)*", r'(?:[^"\\]|\\.)*', r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}", "(a*b)*", "(a|b)*",
    r"[\w.+-]+@([a-z-]+\.)+[a-z]{2,}", "(?:ab|ac)*", "(?:foo|bar|foobarx)+", "(?:(a|b*)c){2,}", "([a+]b){2,3}",
    "([a-z]+-){0,20}[a-z]", "(a?){9}", "([A-Z]{2}([0-9]{3}){2,4})",
    "(a{2}b)*", "((25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])[.]){3}", "a*a*a*",
    "(?:" + "|".join(f"w{n}x" for n in range(60)) + "){1,9}",
]  # fmt: skip


@pytest.mark.parametrize("pattern", SLOW)
def test_slow_patterns_are_known(pattern: str) -> None:
    assert python(pattern) is not None
    assert "very long" in why_slow(pattern)
    assert from_ecma(f"^(?:{pattern})$").pattern is None


@pytest.mark.parametrize("pattern", QUICK)
def test_patterns_with_one_way_through_are_taken_over(pattern: str) -> None:
    assert why_slow(pattern) == ""


def test_patterns_beyond_measure_are_not_looked_through() -> None:
    assert "too large" in why_slow("(" + "|".join(["[a-z]"] * 400) + ")*")
    assert "too large" in why_slow("(" + "a" * 20_000 + ")*")
    assert why_slow("(" + "a" * 20_000 + ")") == ""
