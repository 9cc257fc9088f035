"""A text that a pattern takes, to show what one looks like."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from holdtrue.contracts.exchange.pattern_tokens import LOOKING, Token, groups_of, set_at, tokens_of

_LIKELY = "A1a0-_ .,:/@éZz9\n\t"
_MOST = 64
_LONGEST = 1_000


def example_of(pattern: str, *, least: int = 0, most: int | None = None) -> str | None:
    """Return a text that the whole pattern takes, of as many letters as are asked for; None where none was found.

    Args:
        least, most: letters that it may have.

    Example:
        >>> example_of(r"[A-Z]{2}-[0-9]+"), example_of("(?:ab|c)+", least=5)
        ('AA-1', 'ababab')
    """
    tokens = tokens_of(pattern)
    groups = groups_of(tokens)
    if groups is None:
        return None
    for times in (1, 0, *range(2, _MOST)):
        for choice in range(4):
            found = _Writer(tokens, groups, times, choice).text()
            if found is None or len(found) < least or (most is not None and len(found) > most):
                continue
            if re.fullmatch(pattern, found) is not None:
                return found
    return None


class _Writer:
    """Writes what a pattern says, each part so many times, and one of its alternatives."""

    def __init__(self, tokens: Sequence[Token], groups: Mapping[int, int], times: int, choice: int) -> None:
        self._tokens, self._groups, self._times, self._choice = tokens, groups, times, choice

    def text(self) -> str | None:
        try:
            return self._between(0, len(self._tokens))
        except (ValueError, re.error):
            return None

    def _between(self, begin: int, end: int) -> str:
        alternatives: list[str] = [""]
        place = begin
        while place < end:
            token = self._tokens[place]
            if token.what == "or":
                alternatives.append("")
                place += 1
                continue
            written, place = self._part(place)
            if place < end and self._tokens[place].what == "quantifier":
                written *= self._count(self._tokens[place].text)
                place += 1
            alternatives[-1] += written
            if len(alternatives[-1]) > _LONGEST:
                raise ValueError("longer than an example should be")
        return alternatives[self._choice % len(alternatives)]

    def _part(self, place: int) -> tuple[str, int]:
        token = self._tokens[place]
        if token.what == "open":
            close = self._groups.get(place)
            if close is None:
                return "", place + 1
            return "" if token.text in LOOKING else self._between(place + 1, close), close + 1
        if token.what in ("start", "end") or (token.what == "escape" and token.text[1] in "AZbB"):
            return "", place + 1
        if token.what == "set":
            inner = set_at(self._tokens, place)
            return self._letter("".join([token.text, *(each.text for each in inner), "]"])), place + len(inner) + 2
        return (token.text if token.what == "letter" else self._letter(token.text)), place + 1

    def _letter(self, atom: str) -> str:
        """Return a letter that one piece of the pattern takes."""
        found = [letter for letter in _LIKELY if re.fullmatch(atom, letter)]
        found = found or [chr(code) for code in range(0x3000) if re.fullmatch(atom, chr(code))][:1]
        if not found:
            raise ValueError(f"{atom} takes none of the usual letters")
        return found[self._choice % len(found)]

    def _count(self, quantifier: str) -> int:
        counted = re.match(r"\{([0-9]*)(,?)([0-9]*)\}", quantifier)
        least = int(counted[1] or 0) if counted else int(quantifier[0] == "+")
        most = (counted[3] if counted[2] else counted[1]) if counted else ("1" if quantifier[0] == "?" else "")
        wanted = max(least, self._times)
        return min(wanted, int(most)) if most else wanted
