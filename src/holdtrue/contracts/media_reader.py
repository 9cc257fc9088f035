"""The media of rows that come together: each is decoded once, however often the rows are gone through."""

from __future__ import annotations

from typing import Any

from holdtrue.contracts.media_values import read_value
from holdtrue.contracts.unread import Unread
from holdtrue.media import MOST_SAMPLES, MediaKind, Spend, unlimited


class MediaReader:
    """Reads the media of one request's rows; for one thread.

    Args:
        most_samples: so many of a sound are decoded; one with more is refused.
        spend: hears of the work of decoding before it is done.
    """

    def __init__(self, most_samples: int = MOST_SAMPLES, spend: Spend = unlimited) -> None:
        self._most_samples, self._spend = most_samples, spend
        self._known: dict[tuple[MediaKind, str | bytes], dict[str, Any] | Unread] = {}

    def read(self, kind: MediaKind, raw: Any) -> dict[str, Any] | Unread:
        """Return the figures of a value that is not missing, or why there are none, as `read_value`.

        Raises:
            TooMuchMedia: no more is decoded for this request.
        """
        if raw.__class__ is not str and raw.__class__ is not bytes:
            return read_value(kind, raw, self._most_samples, self._spend)
        found = self._known.get((kind, raw))
        if found is None:
            found = self._known[kind, raw] = read_value(kind, raw, self._most_samples, self._spend)
        return found.copy() if found.__class__ is dict else found
