"""What a prediction may be called."""

from __future__ import annotations

import re

from holdtrue.foundation import WrongUse

_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,64}")
_SHOWN = 80


def check_prediction_id(text: str) -> None:
    """Refuse what cannot be a prediction's id.

    Raises:
        WrongUse: as said.

    Example:
        >>> check_prediction_id("offer-4711")
    """
    if not _ID.fullmatch(text):
        short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
        raise WrongUse(f"{short!r} cannot be a prediction id", hint="1 to 64 letters, digits and . _ : / + = -")
