r"""Regular expressions between Python's `re`, where the whole text must match, and ECMA 262, as JSON Schema uses it.

There a match anywhere in the text is enough. What is written in one takes exactly the texts that the other takes. Where
the dialects part (`.` and the ends of lines, `$`, `\s`), the same is written in other words; what has none, such as
`\d`, which knows every script in Python, is not written, and said. ECMA 262 is read with its flag `u`, as JSON Schema
asks.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Sequence

from msgspec import Struct

from holdtrue.contracts.exchange.pattern_tokens import LOOKING, Token, groups_of, set_at, tokens_of
from holdtrue.contracts.exchange.slow_patterns import why_slow

_ANY = ({r"\s", r"\S"}, {r"\d", r"\D"}, {r"\w", r"\W"})
"""Sets that hold everything."""
_ECMA_SPACES = r" \t\n\v\f\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_PYTHON_SPACES = r" \t-\r\x1c-\x1f\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_WORD = "A-Za-z0-9_"
_LINES = r"[^\n\r\u2028\u2029]"
_SYNTAX = r"^$\.*+?()[]{}|/"
_ALONE = "is of Python alone"
_BROADER = {
    "d": "takes the digits of every script in Python: write [0-9] if those are meant",
    "w": "takes the letters of every script in Python: write [A-Za-z0-9_] if those are meant",
    "b": "goes by the letters of every script in Python",
}
_BACK = "speaks of a group before it, which the dialects read otherwise"


class Translated(Struct, frozen=True):
    """A pattern in the other dialect.

    Attributes:
        pattern: None where it has no form there.
        note: why it has none, in words.
    """

    pattern: str | None
    note: str = ""


class _NoForm(Exception):
    pass


def to_ecma(pattern: str) -> Translated:
    r"""Write a pattern of Python's `re`, which the whole text must match, as JSON Schema would.

    Example:
        >>> to_ecma(r"[A-Z]+\-[0-9]+").pattern
        '^(?:[A-Z]+-[0-9]+)$'
        >>> to_ecma(r"(?i)abc").note
        '(?i) is of Python alone'
    """
    tokens = tokens_of(pattern)
    groups = groups_of(tokens) or {}
    opened = {end: tokens[begin].text for begin, end in groups.items()}
    written: list[str] = []
    place = 0
    try:
        while place < len(tokens):
            token = tokens[place]
            if token.what == "set":
                inner = set_at(tokens, place)
                written.append(_ecma_set(token.text, inner))
                place += len(inner) + 2
                continue
            if token.what == "end":
                written.append("$" if _is_last(tokens, place, groups) else r"(?=\n?$)")
            elif token.what == "quantifier" and place and opened.get(place - 1) in LOOKING:
                raise _NoForm(f"a look around that repeats {_ALONE}")
            else:
                written.append(_ecma(token))
            place += 1
    except _NoForm as none:
        return Translated(None, str(none))
    return Translated(f"^(?:{''.join(written)})$")


def _ecma(token: Token) -> str:
    text = token.text
    match token.what:
        case "open":
            if text.startswith("(?#"):
                return ""
            if text.startswith("(?P<"):
                return "("
            if text not in ("(", "(?:", *LOOKING):
                raise _NoForm(f"{text} {_ALONE}")
            return text
        case "quantifier":
            if len(text) > 1 and text[-1] == "+":
                raise _NoForm(f"{text} {_ALONE}")
            return "{0" + text[1:] if text.startswith("{,") else text
        case "dot":
            return r"[^\n]"
        case "escape":
            return _ecma_escape(text)
        case "letter":
            return _ecma_letter(text)
        case _:
            return text


def _ecma_escape(text: str) -> str:
    match text[1]:
        case "s":
            return f"[{_PYTHON_SPACES}]"
        case "S":
            return f"[^{_PYTHON_SPACES}]"
        case "d" | "D" | "w" | "W" | "b" | "B":
            raise _NoForm(f"{text} {_BROADER[text[1].lower()]}")
        case "A":
            return "^"
        case "Z" | "z":
            return "$"
        case _:
            return _ecma_letter(_letter(text), text)


def _ecma_set(opened: str, inner: Sequence[Token]) -> str:
    texts = {token.text for token in inner}
    if texts in _ANY and opened == "[":
        return r"[\s\S]"
    written = [opened]
    for token in inner:
        text = token.text
        if token.what == "letter":
            written.append(rf"\{text}" if text in "]\\" else _ecma_letter(text, text))
        elif text == r"\s":
            written.append(_PYTHON_SPACES)
        elif text == r"\S":
            raise _NoForm(f"{text} within brackets {_ALONE}")
        elif text[1] in "dDwW":
            raise _NoForm(f"{text} {_BROADER[text[1].lower()]}")
        elif text in (r"\b", r"\-"):
            written.append(text)
        else:
            letter = _letter(text, inside=True)
            written.append(rf"\{letter}" if letter in "^]\\-" else _ecma_letter(letter, text))
    return "".join([*written, "]"])


def _letter(text: str, *, inside: bool = False) -> str:
    """Return the letter that an escape of Python stands for."""
    kind, rest = text[1], text[2:]
    if kind in "xuU" and rest:
        return chr(int(rest, 16))
    if kind == "N":
        return unicodedata.lookup(rest[1:-1])
    if kind == "0" or (kind.isdigit() and (len(text) == 4 or inside)):
        return chr(int(text[1:], 8))
    if kind.isdigit():
        raise _NoForm(f"{text} {_BACK}")
    short = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
    return short.get(kind, kind)


def _ecma_letter(letter: str, written: str = "") -> str:
    """Write a letter: as it was written where that means the same, else by itself or its number."""
    if "\ud800" <= letter <= "\udfff":
        raise _NoForm("half a letter has no form there")
    if written and (written == letter or written[1:2] in ("x", "u", "f", "n", "r", "t", "v")):
        return written
    if not letter.isprintable() and ord(letter) < 65536:
        return f"\\u{ord(letter):04x}"
    return rf"\{letter}" if letter in _SYNTAX and letter != "/" else letter


def _is_last(tokens: Sequence[Token], place: int, groups: dict[int, int]) -> bool:
    """Whether nothing of the pattern can come after a place, so that the end there is the end of the text."""
    closing = sorted(groups.items())
    place += 1
    while place < len(tokens):
        token = tokens[place]
        if token.what == "or":
            around = [end for begin, end in closing if begin < place < end]
            if not around:
                return True
            place = min(around)
        elif token.what != "close":
            return False
        place += 1
    return True


def from_ecma(pattern: str) -> Translated:
    r"""Write a pattern of JSON Schema, which may match anywhere in the text, as one that the whole text must match.

    One whose time may grow without bounds with the length of a hostile text has no form here.

    Example:
        >>> from_ecma("^ACC[0-9]{8}$").pattern, from_ecma(r"^\d+").pattern, from_ecma("a|b").pattern
        ('ACC[0-9]{8}', '[0-9]+[\\s\\S]*', '[\\s\\S]*(?:a|b)[\\s\\S]*')
        >>> from_ecma(r"\p{L}").note
        '\\p is of ECMA 262 alone'
        >>> from_ecma("^(a+)+$").pattern is None
        True
    """
    try:
        whole = _whole(_python(tokens_of(pattern, ecma=True)))
        re.compile(whole)
    except _NoForm as none:
        return Translated(None, str(none))
    except (re.error, OverflowError, RecursionError) as wrong:
        return Translated(None, f"Python reads it otherwise: {wrong}")
    slow = why_slow(whole)
    return Translated(None, slow) if slow else Translated(whole)


def _python(tokens: Sequence[Token]) -> str:
    written: list[str] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.what == "set":
            inner = set_at(tokens, place)
            written.append(_python_set(token.text, inner))
            place += len(inner) + 2
            continue
        text = token.text
        if token.what == "dot":
            text = _LINES
        elif token.what == "quantifier" and len(text) > 1 and text[-1] == "+":
            raise _NoForm(f"{text} is not of ECMA 262")
        elif token.what == "open" and text.startswith("(?<") and text not in LOOKING:
            text = "(?P" + text[2:]
        elif token.what == "letter" and text in "{}":
            text = rf"\{text}"  # letters there, where they count nothing; a count here
        elif token.what == "escape":
            text = _python_escape(text)
        written.append(text)
        place += 1
    return "".join(written)


def _python_escape(text: str) -> str:
    ranges = {"d": "0-9", "w": _WORD, "s": _ECMA_SPACES}.get(text[1].lower())
    if ranges is not None:
        return f"[{'^' if text[1].isupper() else ''}{ranges}]"
    if text[1] in "bB":  # Python's own \B is false of an empty text
        return r"(?a:\b)" if text[1] == "b" else r"(?!(?a:\b))"
    return _python_letter(text)


def _python_set(opened: str, inner: Sequence[Token]) -> str:
    texts = {token.text for token in inner}
    if not inner:
        return r"[\s\S]" if opened == "[^" else "(?!)"  # a set of nothing
    if texts in _ANY and opened == "[":
        return r"[\s\S]"
    written = [opened]
    for token in inner:
        text = token.text
        if token.what == "letter":
            written.append(r"\[" if text == "[" else text)
        elif text[1] in "dws":
            written.append({"d": "0-9", "w": _WORD, "s": _ECMA_SPACES}[text[1]])
        elif text[1] in "DWS":
            raise _NoForm(f"{text} within brackets has no form in Python")
        else:
            written.append(_python_letter(text, inside=True))
    return "".join([*written, "]"])


def _python_letter(text: str, *, inside: bool = False) -> str:
    kind = text[1]
    if kind in "pPc" or (kind == "k" and not inside):
        raise _NoForm(f"\\{kind} is of ECMA 262 alone")
    if kind.isdigit():
        if text == r"\0":
            return r"\x00"
        raise _NoForm(f"{text} {_BACK}")
    if text.startswith(r"\u{"):
        code = int(text[3:-1], 16)
        if code > sys.maxunicode:
            raise _NoForm(f"{text} is no letter")
        return f"\\U{code:08x}"
    if kind == "u" and 0xD800 <= int(text[2:] or "0", 16) <= 0xDFFF:
        raise _NoForm("half a letter has no form here")
    return "/" if text == r"\/" else text


def _with_strict_ends(pattern: str) -> str:
    r"""Write `$` as `\Z`: in Python alone it matches before a line feed at the end too."""
    return "".join(r"\Z" if token.what == "end" else token.text for token in tokens_of(pattern))


def _whole(pattern: str) -> str:
    """Return what the whole text must match where `pattern` must match somewhere in it."""
    tokens = tokens_of(pattern)
    groups = groups_of(tokens) or {}
    begins = bool(tokens) and tokens[0].what == "start"
    ends = bool(tokens) and tokens[-1].what == "end"
    if begins and ends and len(tokens) > 3 and tokens[1].text == "(?:" and groups.get(1) == len(tokens) - 2:
        return _with_strict_ends("".join(token.text for token in tokens[2:-2]))
    if any(token.what == "or" and not _is_within(place, groups) for place, token in enumerate(tokens)):
        return rf"[\s\S]*(?:{_with_strict_ends(pattern)})[\s\S]*"
    inner = "".join(token.text for token in tokens[begins : len(tokens) - ends])
    return ("" if begins else r"[\s\S]*") + _with_strict_ends(inner) + ("" if ends else r"[\s\S]*")


def _is_within(place: int, groups: dict[int, int]) -> bool:
    return any(begin < place < end for begin, end in groups.items())
