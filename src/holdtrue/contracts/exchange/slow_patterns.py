"""Patterns that a hostile text can make slow: where a matcher that goes back has ever more ways to try.

A pattern is looked at as the automaton of its letters (Glushkov, "The abstract theory of automata", 1961). It is
exponentially ambiguous exactly if some loop can be gone along one text in two ways (Weber and Seidl, "On the degree of
ambiguity of finite automata", 1991), which here also counts two ways through brackets, as in `(a+)+`. That is what
makes Python's `re` slow beyond use; `[a-z]+(-[a-z]+)*` has one way alone, and is fine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from holdtrue.contracts.exchange.pattern_tokens import LOOKING, Token, groups_of, set_at, tokens_of

MOST, LONGEST, WORK = 300, 10_000, 300_000
"""Letters and sets, characters, and steps to look it through: what a pattern in which a group repeats may have."""

SEVERAL = 10
"""Times from which a part that may repeat so often counts as one that repeats without end; those of parts within each
other are multiplied."""

SLOW = "hostile text would take very long to judge: there is more than one way through what repeats"
_LARGE = "it is too large to tell whether hostile text would take very long to judge"
_OTHERS = "\x00 \n_-09azAZ.,é٣中😀"


class _Part(Struct):
    """A part of a pattern: the letters it can begin and end with, each in so many ways; whether it can be empty."""

    first: Counter[int]
    last: Counter[int]
    empty: bool


class _TooLarge(Exception):
    pass


def why_slow(pattern: str) -> str:
    """Say why a pattern of Python's `re` may take time that doubles with each letter of a text; "" if it does not.

    Example:
        >>> [bool(why_slow(each)) for each in ("(a+)+", "(a|ab|b)*", "[a-z]+(-[a-z]+)*", "a*a*")]
        [True, True, False, False]
    """
    tokens = tokens_of(pattern)
    groups = groups_of(tokens)
    ends = set((groups or {}).values())
    repeats = [at for at, each in enumerate(tokens) if each.what == "quantifier" and at - 1 in ends]
    if len(repeats) < 2 and not any(_most(tokens[at].text) is None for at in repeats):
        return ""  # only where a group repeats are there several ways that a text can go again and again
    if len(pattern) > LONGEST:
        return _LARGE
    try:
        return SLOW if groups is None or _Automaton(tokens, groups).is_ambiguous() else ""
    except _TooLarge:
        return _LARGE


def _least(quantifier: str) -> int:
    """Return how often a part must be there."""
    counted = re.match(r"\{([0-9]*)", quantifier)
    return int(counted[1] or 0) if counted else int(quantifier[0] == "+")


def _most(quantifier: str) -> int | None:
    """Return how often a part may be there; None without end, or nearly so."""
    if quantifier[0] in "*+":
        return None
    counted = re.match(r"\{([0-9]*)(,?)([0-9]*)\}", quantifier)
    if counted is None:
        return 1
    most = counted[3] if counted[2] else counted[1]
    return int(most) if most and int(most) < SEVERAL else None


class _Automaton:
    """The letters of a pattern, and which can follow which, in how many ways."""

    def __init__(self, tokens: Sequence[Token], groups: dict[int, int]) -> None:
        self._tokens, self._groups = tokens, groups
        self._atoms: list[str] = []
        self._follow: list[Counter[int]] = []
        self._work = 0
        self._times = 1  # how often the parts around the one being built may repeat
        self._nothings = False
        self._build(0, len(tokens))

    def is_ambiguous(self) -> bool:
        """Whether some text leads from a letter back to it in two ways, or what repeats may be nothing each time."""
        if self._nothings:
            return True
        alphabet = self._alphabet()
        takes = [frozenset(letter for letter in alphabet if _takes(atom, letter)) for atom in self._atoms]
        for loop in self._loops():
            if any(times > 1 for at in loop for to, times in self._follow[at].items() if to in loop):
                return True
            if self._parts_and_meets(loop, takes):
                return True
        return False

    def _build(self, begin: int, end: int) -> _Part:
        """Return what stands between two places: alternatives, each a row of parts."""
        either: _Part | None = None
        whole = _nothing()
        place = begin
        while place < end:
            token = self._tokens[place]
            if token.what == "or":
                either = whole if either is None else _either(either, whole)
                whole = _nothing()
                place += 1
                continue
            bound = self._bound(place, end)
            self._times *= bound
            part, after = self._part(place)
            self._nothings |= part.empty and bound > 1 and self._times >= SEVERAL
            self._times //= bound
            if after < end and self._tokens[after].what == "quantifier":
                part = self._repeated(part, place, self._tokens[after].text)
                after += 1
            whole, place = self._joined(whole, part), after
        return whole if either is None else _either(either, whole)

    def _bound(self, place: int, end: int) -> int:
        """Return how often a group that begins here may be there; 1 if none does."""
        after = self._groups.get(place, end) + 1
        if self._tokens[place].what != "open" or after >= end or self._tokens[after].what != "quantifier":
            return 1
        most = _most(self._tokens[after].text)
        return SEVERAL if most is None else max(most, 1)

    def _part(self, place: int) -> tuple[_Part, int]:
        token = self._tokens[place]
        if token.what == "open":
            close = self._groups.get(place)
            if close is None:  # flags, a comment
                return _nothing(), place + 1
            part = self._build(place + 1, close)
            # What is looked at takes nothing; loops within it are looked through all the same.
            return (_nothing() if token.text in LOOKING else part), close + 1
        if token.what in ("start", "end"):
            return _nothing(), place + 1
        if token.what == "set":
            inner = set_at(self._tokens, place)
            text = "".join([token.text, *(each.text for each in inner), "]"])
            return self._atom(text), place + len(inner) + 2
        if token.what == "escape" and token.text[1] in "AZbB":
            return _nothing(), place + 1
        letter = re.escape(token.text) if token.what == "letter" else token.text
        return self._atom(letter), place + 1

    def _atom(self, text: str) -> _Part:
        if len(self._atoms) >= MOST:
            raise _TooLarge
        self._atoms.append(text)
        self._follow.append(Counter())
        at = len(self._atoms) - 1
        return _Part(Counter([at]), Counter([at]), False)

    def _joined(self, a: _Part, b: _Part) -> _Part:
        self._connect(a.last, b.first)
        first = a.first + b.first if a.empty else a.first
        last = b.last + a.last if b.empty else b.last
        return _Part(first, last, a.empty and b.empty)

    def _repeated(self, part: _Part, place: int, quantifier: str) -> _Part:
        least, most = _least(quantifier), _most(quantifier)
        if most is None or (most > 1 and most * self._times >= SEVERAL):
            self._connect(part.last, part.first)
            return _Part(part.first, part.last, part.empty or not least)
        # So many of it one after another, each but the first only after the one before it.
        last, ends = part.last, Counter(part.last) if least <= 1 else Counter()
        for count in range(2, most + 1):
            again, _ = self._part(place)
            self._connect(last, again.first)
            last = again.last
            ends += last if count >= least else Counter()
        return _Part(part.first, ends, part.empty or not least)

    def _connect(self, last: Counter[int], first: Counter[int]) -> None:
        self._spend(len(last) * len(first))
        for at, ways in last.items():
            for to, more in first.items():
                self._follow[at][to] += min(2, ways * more)

    def _spend(self, steps: int) -> None:
        self._work += steps
        if self._work > WORK:
            raise _TooLarge

    def _alphabet(self) -> list[str]:
        """Return letters such that every set which the pattern tells apart has one of them."""
        letters = set(_OTHERS)
        for token in self._tokens:
            if token.what == "letter":
                letters.update(token.text)
            elif token.what == "escape" and token.text[1] not in "AZbBdDwWsS":
                letters.add(re.sub(r"\\(.)", _unescaped, token.text) if len(token.text) == 2 else _numbered(token.text))
        beside = {chr(min(0x10FFFF, max(0, ord(letter) + step))) for letter in letters for step in (-1, 1)}
        return sorted(letters | beside)

    def _loops(self) -> list[frozenset[int]]:
        """Return the letters that lead back to each other, set by set (Tarjan's components, without recursion)."""
        order: list[int] = []
        seen: set[int] = set()
        for start in range(len(self._atoms)):
            waiting = [(start, iter(self._follow[start]))] if start not in seen else []
            seen.add(start)
            while waiting:
                at, rest = waiting[-1]
                to = next((each for each in rest if each not in seen), None)
                if to is None:
                    order.append(at)
                    waiting.pop()
                else:
                    seen.add(to)
                    waiting.append((to, iter(self._follow[to])))
        back: list[list[int]] = [[] for _ in self._atoms]
        for at, following in enumerate(self._follow):
            for to in following:
                back[to].append(at)
        found: list[frozenset[int]] = []
        done: set[int] = set()
        for start in reversed(order):
            if start in done:
                continue
            group, reach = {start}, [start]
            done.add(start)
            while reach:
                for to in back[reach.pop()]:
                    if to not in done:
                        done.add(to)
                        group.add(to)
                        reach.append(to)
            if len(group) > 1 or start in self._follow[start]:
                found.append(frozenset(group))
        return found

    def _parts_and_meets(self, loop: frozenset[int], takes: Sequence[frozenset[str]]) -> bool:
        """Whether two ways through a loop part from one letter, take the same text, and meet again."""
        following = {at: [to for to in self._follow[at] if to in loop] for at in loop}
        onward: dict[tuple[int, int], list[tuple[int, int]]] = {}
        waiting = [(at, at) for at in loop]
        for pair in waiting:
            onward[pair] = []
        while waiting:
            pair = waiting.pop()
            self._spend(len(following[pair[0]]) * len(following[pair[1]]))
            for one in following[pair[0]]:
                for other in following[pair[1]]:
                    if takes[one] & takes[other]:
                        met = (one, other) if one <= other else (other, one)
                        onward[pair].append(met)
                        if met not in onward:
                            onward[met] = []
                            waiting.append(met)
        return _meet_again(onward)


def _meet_again(onward: dict[tuple[int, int], list[tuple[int, int]]]) -> bool:
    """Whether from a pair of two different letters one comes to a pair of the same letter."""
    before: dict[tuple[int, int], list[tuple[int, int]]] = {pair: [] for pair in onward}
    for pair, following in onward.items():
        for to in following:
            before[to].append(pair)
    reach = [pair for pair in onward if pair[0] == pair[1]]
    seen = set(reach)
    while reach:
        for pair in before[reach.pop()]:
            if pair[0] != pair[1]:
                return True
            if pair not in seen:
                seen.add(pair)
                reach.append(pair)
    return False


def _nothing() -> _Part:
    return _Part(Counter(), Counter(), True)


def _either(a: _Part, b: _Part) -> _Part:
    return _Part(a.first + b.first, a.last + b.last, a.empty or b.empty)


def _takes(atom: str, letter: str) -> bool:
    return re.fullmatch(atom, letter) is not None


def _unescaped(match: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}.get(match[1], match[1])


def _numbered(text: str) -> str:
    return chr(int(text[2:], 16)) if text[1] in "xuU" else text[-1]
