"""A regular expression in its pieces, by the grammar that Python's `re` and ECMA 262 share, and where they part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

What = Literal["open", "close", "quantifier", "or", "start", "end", "dot", "escape", "letter", "set", "set end"]
LOOKING = ("(?=", "(?!", "(?<=", "(?<!")

_GROUP = r"\(\?(?:[:=!>]|<[=!]|P?<\w+>|P=\w+\)|#[^)]*\)|\(\w+\)|[aiLmsux-]+[:)])|\("
_QUANTIFIER = r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\}|\{,[0-9]*\})[?+]?"
_ESCAPE = (
    r"\\x[0-9A-Fa-f]{2}|\\u\{[0-9A-Fa-f]+\}|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\N\{[^}]*\}|\\c[A-Za-z]"
    r"|\\0[0-7]{0,2}|\\[0-3][0-7]{2}|\\[1-9][0-9]?|\\."
)
_OUTSIDE = re.compile(
    rf"(?P<escape>{_ESCAPE})|(?P<open>{_GROUP})|(?P<quantifier>{_QUANTIFIER})|(?P<set>\[\^?)", re.DOTALL
)
_INSIDE = re.compile(_ESCAPE, re.DOTALL)
_SINGLE: dict[str, What] = {")": "close", "|": "or", "^": "start", "$": "end", ".": "dot"}


class Token(Struct, frozen=True):
    """A piece of a pattern.

    Attributes:
        inside: whether it stands in a set such as `[a-z]`; `[`, `[^` and `]` themselves do not.
    """

    text: str
    what: What
    inside: bool = False


def tokens_of(pattern: str, *, ecma: bool = False) -> list[Token]:
    """Return the pieces of a pattern.

    Args:
        ecma: read it as ECMA 262 does, where `[]` is a set of nothing and `{,3}` are letters.

    Example:
        >>> [token.text for token in tokens_of(r"(?:a|[^]b]){,3}\\d")]
        ['(?:', 'a', '|', '[^', ']', 'b', ']', ')', '{,3}', '\\\\d']
    """
    found: list[Token] = []
    place, within = 0, False
    while place < len(pattern):
        token = _inside(pattern, place) if within else _outside(pattern, place, ecma)
        first = bool(found) and found[-1].what == "set"
        if within and token.text == "]" and (ecma or not first):  # elsewhere a ] that comes first is a letter
            token = Token("]", "set end")
        found.append(token)
        place += len(token.text)
        within = token.what == "set" or (within and token.what != "set end")
    return found


def _outside(pattern: str, place: int, ecma: bool) -> Token:
    match = _OUTSIDE.match(pattern, place)
    if match is None or (ecma and match[0].startswith("{,")):
        letter = pattern[place]
        return Token(letter, _SINGLE.get(letter, "letter"))
    what: What = match.lastgroup  # type: ignore[assignment]
    return Token(match[0], what)


def _inside(pattern: str, place: int) -> Token:
    match = _INSIDE.match(pattern, place)
    return Token(pattern[place], "letter", True) if match is None else Token(match[0], "escape", True)


def groups_of(tokens: Sequence[Token]) -> dict[int, int] | None:
    """Return where each group that opens closes, by the places of both; None where they do not match up."""
    waiting: list[int] = []
    found: dict[int, int] = {}
    for place, token in enumerate(tokens):
        if token.what == "open" and (token.text == "(" or token.text[-1] != ")"):
            waiting.append(place)
        elif token.what == "close":
            if not waiting:
                return None
            found[waiting.pop()] = place
    return None if waiting else found


def set_at(tokens: Sequence[Token], place: int) -> Sequence[Token]:
    """Return the pieces of the set that begins at a place, less its brackets."""
    end = next((at for at in range(place, len(tokens)) if tokens[at].what == "set end"), len(tokens))
    return tokens[place + 1 : end]
