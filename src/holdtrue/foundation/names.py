"""Which words may name a model or data: those that every reference can be written with."""

from __future__ import annotations

import re

NAME_FORM = "at most 100 of a-z, A-Z, 0-9, -, _ and ., such as house-price"
_MODEL = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
_DATA = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_TAKEN = ("run", "prediction", "alarm", "latest")


def is_model_name(word: str) -> bool:
    """Say whether a word may name a model: it begins with a letter, and no reference reads it as something else.

    Example:
        >>> [is_model_name(word) for word in ("house-price", "v1", "run", "2nd", "a:b")]
        [True, False, False, False, False]
    """
    return bool(_MODEL.fullmatch(word)) and not re.fullmatch(r"v[0-9]+", word) and word not in _TAKEN


def is_data_name(word: str) -> bool:
    """Say whether a word may name data: it stands before an @, so it may begin with a digit.

    Example:
        >>> [is_data_name(word) for word in ("sales", "1996", "my sales", "a@b")]
        [True, True, False, False]
    """
    return bool(_DATA.fullmatch(word))
