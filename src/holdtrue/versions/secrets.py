"""Text that looks like a secret, which is never captured, and the marks of folders that are not the project's own."""

from __future__ import annotations

import math
import re
from collections import Counter

from holdtrue.foundation import VERSION_FOLDER

# A folder below the project's that holds one of these is an installed environment or another version checked out.
FOREIGN_MARKS = ("pyvenv.cfg", "conda-meta", VERSION_FOLDER)

EXCUSED = b"holdtrue: not-a-secret"

_SHAPES: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("a private key", re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")),
    ("an AWS access key", re.compile(rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a GitHub token", re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})")),
    ("an npm token", re.compile(rb"\bnpm_[A-Za-z0-9]{36}\b")),
    ("a GitLab token", re.compile(rb"\bglpat-[A-Za-z0-9_-]{20,}")),
    ("a Slack token", re.compile(rb"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("a Stripe key", re.compile(rb"\b[rs]k_live_[0-9A-Za-z]{20,}")),
    ("a Google API key", re.compile(rb"\bAIza[0-9A-Za-z_-]{35}\b")),
    ("a Hugging Face token", re.compile(rb"\bhf_[A-Za-z0-9]{30,}\b")),
    ("an API key", re.compile(rb"\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{32,}")),
    ("a signed token", re.compile(rb"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")),
)
_ADDRESS = re.compile(rb"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@'\"]{1,80}:([^\s/@'\"]{3,200})@")
_ASSIGNED = re.compile(
    rb"(?i)(?:passw(?:or)?d|secret|token|api_?key|access_?key|private_?key)\w{0,20}[\"']?\]?\s{0,4}(?::\s{0,4}\w{1,20}\s{0,4})?"
    rb"[=:]\s{0,4}[\"']([^\"'\s]{16,200})[\"']"
)
# Where text needs no quotes: settings of one kind or another, in which a name's value is all that follows it.
_SETTINGS = (".ini", ".cfg", ".conf", ".config", ".yaml", ".yml", ".toml", ".properties", ".tfvars", "rc", ".txt")
_SET = re.compile(
    rb"(?im)^[^\S\n]*(?:-[^\S\n]+|export[^\S\n]+)?[\w./:-]{0,80}"
    rb"(?:passw(?:or)?d|secret|token|api_?key|access_?key|private_?key)\w{0,20}[^\S\n]{0,8}[=:][^\S\n]{0,8}"
    rb"([^\s\"'#;]{8,200})[^\S\n]*(?:[#;].*)?$"
)
_PLACEHOLDERS = re.compile(
    rb"(?i)^(?:[$%{<*\[].*|x+|\.+|pass(?:word|wd)?|secret|changeme|example|test|postgres|user|root|guest|admin)$"
)


def find_secret(content: bytes, name: str = "") -> tuple[int, str] | None:
    """Return line (from 1) and kind of the first thing in a text that looks like a secret, or None.

    A line that holds `holdtrue: not-a-secret` is excused. Bytes that are no text are not judged.

    Args:
        content: the text.
        name: of its file; in one of settings (`x.ini`, `x.yaml`) a password needs no quotes.

    Example:
        >>> find_secret(b"region = 'eu'\\nkey = '" + b"AKIA" + b"ABCDEFGHIJKLMNOP'\\n")
        (2, 'an AWS access key')
    """
    if b"\0" in content[:8192]:
        return None
    found: list[tuple[int, str]] = []
    for kind, shape in _SHAPES:
        found += [(match.start(), kind) for match in shape.finditer(content)]
    found += [
        (match.start(), "an address with a password")
        for match in _ADDRESS.finditer(content)
        if not _PLACEHOLDERS.match(match.group(1))
    ]
    found += [
        (match.start(), "a password or token written out")
        for match in _ASSIGNED.finditer(content)
        if _looks_random(match.group(1))
    ]
    if name.endswith(_SETTINGS):
        found += [
            (match.start(1), "a password or token written out")
            for match in _SET.finditer(content)
            if _looks_random(match.group(1), least=2.7)
        ]
    for start, kind in sorted(found):
        if EXCUSED not in _line_at(content, start):
            return content.count(b"\n", 0, start) + 1, kind
    return None


def _line_at(content: bytes, place: int) -> bytes:
    end = content.find(b"\n", place)
    return content[content.rfind(b"\n", 0, place) + 1 : end if end >= 0 else len(content)]


def _looks_random(value: bytes, least: float = 3.5) -> bool:
    # Words and paths have few different letters and no digits; keys have about 4 bits a letter or more.
    if _PLACEHOLDERS.match(value) or not re.search(rb"[0-9]", value) or not re.search(rb"[A-Za-z]", value):
        return False
    counts = Counter(value)
    entropy = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    return entropy > least
