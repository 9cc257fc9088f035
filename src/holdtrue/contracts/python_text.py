"""Python that is written for a person to read: literals, comments, lines that are not too long.

What comes out of someone's file may hold anything: nothing of it ends a literal or a comment, and nothing invisible
reaches the page as it is.
"""

from __future__ import annotations

import keyword
import re
import textwrap

WIDTH = 110


def literal(text: str) -> str:
    r"""Write a text as Python does, in double quotes; what cannot be seen is written by its number.

    Example:
        >>> print(literal('a "b" \\ c\n'), literal("Größe\u202e"))
        "a \"b\" \\ c\n" "Größe\u202e"
    """
    return '"' + "".join(_escaped(letter) for letter in text) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(letter)
    number = ord(letter)
    return short or (
        f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"
    )


def visible(text: str) -> str:
    """Return a text in one line, with a `?` for each letter that cannot be seen.

    Example:
        >>> visible("in metres\\n(rounded)\\x00")
        'in metres (rounded)?'
    """
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def comment(text: str, indent: str = "    ") -> list[str]:
    """Write a comment, in as many lines as it needs.

    Example:
        >>> comment("in metres")
        ['    # in metres']
    """
    lead = f"{indent}# "
    return textwrap.wrap(
        visible(text),
        WIDTH,
        initial_indent=lead,
        subsequent_indent=f"{lead}  ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def docstring(text: str) -> str:
    """Write a docstring of one line."""
    return f'"""{literal(visible(text))[1:-1]}"""'


def folded(line: str) -> list[str]:
    """Fold a line that is too long: within the brackets of `field(...)`, or at each `&` of what is returned."""
    if len(line) <= WIDTH:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    if line.lstrip().startswith("return "):
        parts = _split(line.strip().removeprefix("return "), " & ")
        joined = [f"{indent}    {'& ' if place else ''}{part}" for place, part in enumerate(parts)]
        return [f"{indent}return (", *joined, f"{indent})"]
    head, _, rest = line.partition(" = ht.field(")
    lines, current = [f"{head} = ht.field("], ""
    parts = _split(rest.removesuffix(")"), ", ")
    for piece in [*(f"{part}," for part in parts[:-1]), parts[-1]]:
        if current and len(indent) + 5 + len(current) + len(piece) > WIDTH:
            lines.append(f"{indent}    {current}")
            current = piece
        else:
            current = f"{current} {piece}" if current else piece
    return [*lines, f"{indent}    {current}", f"{indent})"]


def _split(text: str, at: str) -> list[str]:
    """Split Python at a separator outside of its quoted text, which is all in double quotes."""
    parts, begin, place, quoted = [], 0, 0, False
    while place < len(text):
        if text[place] == "\\" and quoted:
            place += 2
            continue
        if text[place] == '"':
            quoted = not quoted
        elif not quoted and text.startswith(at, place):
            parts.append(text[begin:place])
            begin = place = place + len(at)
            continue
        place += 1
    return [*parts, text[begin:]]


def class_name(stem: str) -> str:
    """Return a name for a class of rows, made of a file's or table's name.

    Example:
        >>> class_name("house-sales_1995"), class_name("2024")
        ('HouseSales1995', 'Row2024')

    Letters beyond the English ones are left out.
    """
    words = "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", stem) if word)
    return words if words.isidentifier() and not keyword.iskeyword(words) else f"Row{words}"
