"""Patterns of files to leave out, as git writes them: `*.csv`, `/build/`, `docs/**/draft-?`, `!keep.csv`."""

from __future__ import annotations

import re

from msgspec import Struct


class Pattern(Struct, frozen=True):
    """One line of an ignore file, compiled. `base` is the file's folder from the root, empty at the root."""

    regex: str
    negated: bool
    folders_only: bool
    base: str

    def matches(self, path: str, *, folder: bool) -> bool:
        """Say whether a path from the root is meant by this line."""
        if self.folders_only and not folder:
            return False
        if self.base:
            if not path.startswith(self.base + "/"):
                return False
            path = path[len(self.base) + 1 :]
        return re.fullmatch(self.regex, path) is not None


def parse_ignore(text: str, *, base: str = "") -> tuple[Pattern, ...]:
    """Read an ignore file's lines, as `gitignore(5)` says.

    Example:
        >>> [p.matches("data/a.csv", folder=False) for p in parse_ignore("*.csv\\n/a.csv\\n# note")]
        [True, False]
    """
    patterns = []
    for line in text.splitlines():
        kept = re.sub(r"(?<!\\) +$", "", line)
        if not kept or kept.startswith("#"):
            continue
        negated = kept.startswith("!")
        body = kept[1:] if negated else kept
        folders_only = body.endswith("/")
        body = body.rstrip("/")
        if not body:
            continue
        anchored = "/" in body
        regex = _regex(body.lstrip("/"))
        patterns.append(Pattern(regex if anchored else f"(?:.*/)?{regex}", negated, folders_only, base))
    return tuple(patterns)


def is_ignored(path: str, patterns: tuple[Pattern, ...], *, folder: bool) -> bool:
    """Say whether the last pattern that means this path leaves it out. Folders above it are the caller's to ask of."""
    for pattern in reversed(patterns):
        if pattern.matches(path, folder=folder):
            return not pattern.negated
    return False


def _regex(body: str) -> str:
    out, place = "", 0
    while place < len(body):
        if body.startswith("**/", place) and (place == 0 or body[place - 1] == "/"):
            out, place = out + "(?:.*/)?", place + 3
        elif body[place:] == "**" and (place == 0 or body[place - 1] == "/"):
            out, place = out + ".+", len(body)
        elif body[place] == "*":
            out, place = out + "[^/]*", place + 1
        elif body[place] == "?":
            out, place = out + "[^/]", place + 1
        elif body[place] == "[" and "]" in body[place + 2 :]:
            end = body.index("]", place + 2)
            inside = body[place + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            out += f"[^/{inside[1:]}]" if inside[0] in "!^" else f"[{inside}]"
            place = end + 1
        elif body[place] == "\\" and place + 1 < len(body):
            out, place = out + re.escape(body[place + 1]), place + 2
        else:
            out, place = out + re.escape(body[place]), place + 1
    return out
