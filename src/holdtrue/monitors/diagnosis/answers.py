"""Whether what answered is what should have: another version, or features in another order."""

from __future__ import annotations

import numpy as np

from holdtrue.foundation import counted, share
from holdtrue.monitors.diagnosis.records import Cause
from holdtrue.monitors.diagnosis.rows import Floats, LiveRows

OWN = "own"
"""The version that should answer, among `LiveRows.answers`."""
FEATURES = "features "
"""How the names of those begin that give the version its features in another order."""

_CLOSE = 1e-6
_FEW, _MOST = 0.05, 0.8


def answered_otherwise(rows: LiveRows, place: int, version: str) -> Cause | None:
    """Return the cause that rows were not answered by the version that should have, else None.

    Args:
        place: the first row of the change. version: REF of the one that should answer.
    """
    others = [each for each in rows.versions[place:] if each != version]
    n = len(rows) - place
    if version and n and len(others) > _FEW * n:
        name = max(sorted(set(others)), key=others.count)
        text = f"{name} answers in place of {version}"
        return _stale(text, f"{text}: {counted(others.count(name), 'row')} of {n:,} say so themselves", 0.99)
    own, given = rows.answers.get(OWN), rows.predictions
    if own is None or given is None or not n:
        return None
    own, given = own[place:], given[place:]
    known = ~np.isnan(own) & ~np.isnan(given)
    off = known & ~_equal(own, given)
    differing, judged = int(off.sum()), int(known.sum())
    if not judged or differing <= max(1, _FEW * judged):
        return None
    said = (
        f"{differing:,} of {counted(judged, 'answer')} are not what {version or 'the version'} gives for the same row"
    )
    matches = {
        name: float(_equal(each[place:][off], given[off]).mean()) for name, each in rows.answers.items() if name != OWN
    }
    best = max(matches, key=lambda name: matches[name], default="")
    if best and matches[best] >= _MOST:
        sure = min(0.99, matches[best])
        if best.startswith(FEATURES):
            text = f"the model is given its {best}"
            return Cause(
                kind="features",
                columns=(),
                clause=text,
                words=f"{text}: {said}, and {share(matches[best])} of these are what it gives so",
                confidence=sure,
            )
        text = f"{best} answers in place of {version}" if version else f"{best} answers"
        return _stale(text, f"{text}: {said}, and {share(matches[best])} of these are what {best} gives", sure)
    text = "the answers are not the model's own"
    return Cause(
        kind="model",
        columns=(),
        clause=text,
        words=f"{text}: {said}, nor what an earlier version or another order of its features gives",
        confidence=0.9,
    )


def _equal(a: Floats, b: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(np.abs(a - b) <= _CLOSE * (1 + np.abs(a)))


def _stale(clause: str, words: str, confidence: float) -> Cause:
    return Cause(kind="stale version", columns=(), clause=clause, words=words, confidence=confidence)
