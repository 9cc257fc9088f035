r"""Regular expressions between Python's `re`, where the whole text must match, and ECMA 262, as JSON Schema uses it.

There a match anywhere in the text is enough.

Most patterns mean the same in both once `^(?:...)$` says that the whole text is meant. What does not is found here and
said: `\d` takes the digits of every script in Python and 0 to 9 in ECMA 262, `(?i)` exists in Python alone. (Not said:
`.` stops at a line feed in Python, at any end of a line in ECMA 262.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

_SYNTAX = r"^$\.*+?()[]{}|/"
_WIDER = "dDwWsSbB"  # of all scripts in Python, of ASCII (white space apart) in ECMA 262
_ASCII = {"d": "0-9", "w": "A-Za-z0-9_"}
_GROUP = r"\(\?(?:[:=!>#(]|<[=!]|P?<\w+>|P[=>]|[a-zA-Z-]+[:)])"
_TOKEN = re.compile(rf"\\x[0-9A-Fa-f]{{2}}|\\u[0-9A-Fa-f]{{4}}|\\.|{_GROUP}|{{,[0-9]*}}|[*+?}}]\+|.", re.DOTALL)
_ENDLESS = re.compile(r"[*+]|\{[0-9]*,\}")
_SLOW = "it is taken over, but a part that repeats holds one that does: hostile text may take very long to judge"
_WHOLE = re.compile(r"\^\(\?:(.*)\)\$", re.DOTALL)


class Translated(Struct, frozen=True):
    """A pattern in the other dialect.

    Attributes:
        pattern: None where it has no form there.
        note: what is not the same, in words; empty if all is.
    """

    pattern: str | None
    note: str = ""


def to_ecma(pattern: str) -> Translated:
    r"""Write a pattern of Python's `re`, which the whole text must match, as JSON Schema would.

    Example:
        >>> to_ecma(r"[A-Z]+\-[0-9]+").pattern
        '^(?:[A-Z]+-[0-9]+)$'
        >>> to_ecma(r"(?i)abc").note
        '(?i) is of Python alone'
    """
    written: list[str] = []
    notes: list[str] = []
    before = ""
    for token, inside in _tokens(pattern):
        if token.startswith("(?") and token not in ("(?:", "(?=", "(?!", "(?<=", "(?<!"):
            return Translated(None, f"{token} is of Python alone")
        if token == "+" and before.startswith("{,"):
            return Translated(None, f"{before}+ is of Python alone")
        before = token
        if not inside and len(token) == 2 and token[1] == "+" and token[0] in "*+?}":
            return Translated(None, f"{token} is of Python alone")
        if token.startswith("{,") and not inside:
            written.append("{0" + token[1:])  # ECMA 262 reads {,3} as letters
        elif token[0] != "\\" or len(token) > 2:
            written.append(token)
        elif token[1] in _WIDER:
            written.append(token)
            notes.append(f"{token} is wider in Python, where it knows every script")
        elif token[1] in "AZ":
            written.append("^" if token[1] == "A" else "$")
        elif token[1].isalnum():
            if token[1] not in "fnrtv123456789":
                return Translated(None, f"{token} is of Python alone")
            written.append(token)
        else:
            # In ECMA 262 only what has a meaning of its own may be escaped.
            written.append(token if token[1] in _SYNTAX or (inside and token[1] == "-") else token[1])
    return Translated(f"^(?:{''.join(written)})$", "; ".join(dict.fromkeys(notes)))


def from_ecma(pattern: str) -> Translated:
    r"""Write a pattern of JSON Schema, which may match anywhere in the text, as one that the whole text must match.

    Example:
        >>> from_ecma("^ACC[0-9]{8}$").pattern, from_ecma(r"^\d+").pattern, from_ecma("a|b").pattern
        ('ACC[0-9]{8}', '[0-9]+[\\s\\S]*', '[\\s\\S]*(?:a|b)[\\s\\S]*')
        >>> from_ecma(r"\p{L}").note
        '\\p is of ECMA 262 alone'
    """
    written: list[str] = []
    for token, inside in _tokens(pattern):
        if token == r"\/":
            written.append("/")
        elif token[0] == "\\" and token[1] in _ASCII:
            written.append(_ASCII[token[1]] if inside else f"[{_ASCII[token[1]]}]")
        elif token[0] == "\\" and token[1] in "pPuckB" and len(token) == 2:
            return Translated(None, f"{token} is of ECMA 262 alone")
        elif token.startswith("(?<") and token not in ("(?<=", "(?<!"):
            written.append("(?P" + token[2:])
        elif token.startswith("{,") and not inside:
            written.append(rf"\{token[:-1]}\}}")  # letters there, a count here
        else:
            written.append(token)
    whole = _whole("".join(written))
    try:
        re.compile(whole)
    except (re.error, OverflowError, RecursionError) as wrong:
        return Translated(None, f"Python reads it otherwise: {wrong}")
    return Translated(whole, _SLOW if _repeats_what_repeats(whole) else "")


def _repeats_what_repeats(pattern: str) -> bool:
    """Whether something that repeats without end stands in a group that does, as in `(a+)+`."""
    tokens = list(_tokens(pattern))
    within = [False]  # of each group that is open: whether something in it repeats without end
    for place, (token, inside) in enumerate(tokens):
        if inside:
            continue
        if token[0] == "(":
            within.append(False)
        if token == ")":
            inner = len(within) > 1 and within.pop()
            following = "".join(each for each, _ in tokens[place + 1 : place + 12])
            if _ENDLESS.match(following) and inner:
                return True
            within[-1] |= inner
        within[-1] |= _ENDLESS.match("".join(each for each, _ in tokens[place : place + 12])) is not None
    return False


def _with_strict_ends(pattern: str) -> str:
    r"""Write `$` as `\Z`: in Python alone it matches before a line feed at the end too."""
    return "".join(r"\Z" if token == "$" and not inside else token for token, inside in _tokens(pattern))


def _whole(pattern: str) -> str:
    """Return what the whole text must match where `pattern` must match somewhere in it."""
    wrapped = _WHOLE.fullmatch(pattern)
    if wrapped is not None and _balanced(wrapped[1]):
        return _with_strict_ends(wrapped[1])
    if _alternates(pattern):
        return rf"[\s\S]*(?:{_with_strict_ends(pattern)})[\s\S]*"
    begins = pattern.startswith("^")
    ends = pattern.endswith("$") and (len(pattern) - len(pattern[:-1].rstrip("\\"))) % 2 == 1
    inner = pattern[begins : len(pattern) - ends]
    return ("" if begins else r"[\s\S]*") + _with_strict_ends(inner) + ("" if ends else r"[\s\S]*")


def _alternates(pattern: str) -> bool:
    """Whether the pattern has a `|` that stands in no group."""
    depth = 0
    for token, inside in _tokens(pattern):
        if not inside:
            depth += (token[0] == "(" and token[-1] != ")") - (token == ")")
            if token == "|" and depth == 0:
                return True
    return False


def _balanced(pattern: str) -> bool:
    depth = 0
    for token, inside in _tokens(pattern):
        if not inside:
            depth += (token[0] == "(" and token[-1] != ")") - (token == ")")
            if depth < 0:
                return False
    return depth == 0


def _tokens(pattern: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a pattern, and whether each stands in a set such as `[a-z]`."""
    place, inside = 0, False
    while place < len(pattern):
        found = _TOKEN.match(pattern, place)
        token = found[0] if found is not None else pattern[place]
        if inside and token[0] != "\\":
            token = pattern[place]
        yield token, inside
        place += len(token)
        if token == "[" and not inside:
            inside = True
            for first in ("^", "]"):  # a ] that comes first is a letter in Python
                if pattern.startswith(first, place):
                    yield f"\\{first}" if first == "]" else first, True
                    place += 1
        elif token == "]" and inside:
            inside = False
