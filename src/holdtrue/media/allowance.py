"""What may be decoded for one request: a few bytes of picture or sound can ask for seconds of work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from holdtrue.foundation import DataUnreadable
from holdtrue.media.figures import MOST_PIXELS

REQUEST_WORK = MOST_PIXELS
"""As much is decoded for one request: a pixel is one, which takes some 10 ns."""

LEAST = 100_000
"""What a picture, sound or film counts at least: opening one takes as long as decoding so many pixels."""

SAMPLE, FRAME, BYTE = 3, 3_000, 10
"""What a sample of sound counts, a frame of sound at least, and a byte of a film."""

Spend: TypeAlias = Callable[[int], None]
"""Hears of work before it is done, and may raise to stop it."""


class TooMuchMedia(DataUnreadable):
    """The pictures, sounds and films of one request take more decoding than is done for one."""

    code = "too-much-media"


class Allowance:
    """Counts what is decoded for one request; for one thread.

    Example:
        >>> allowance = Allowance(1_000_000)
        >>> allowance.spend(900_000)
        >>> allowance.spend(200_000)
        Traceback (most recent call last):
        ...
        holdtrue.media.allowance.TooMuchMedia: the media of this request take too much decoding: more than 1 million \
pixels, counting 3 for a sample of sound and 100,000 or more for each file (send them in several requests)
    """

    def __init__(self, most: int = REQUEST_WORK) -> None:
        self._most = self._left = most

    def spend(self, work: int) -> None:
        """Take so much off.

        Raises:
            TooMuchMedia: there is less left.
        """
        self._left -= work
        if self._left < 0:
            raise TooMuchMedia(
                f"the media of this request take too much decoding: more than {self._most // 1_000_000:,} million "
                f"pixels, counting {SAMPLE} for a sample of sound and {LEAST:,} or more for each file",
                hint="send them in several requests",
            )


def unlimited(work: int) -> None:
    """Spend without end, as where a person has a table read."""
