"""The stored form of a watch."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from holdtrue.foundation import WrongUse
from holdtrue.monitors.detectors.blocking import BlockState
from holdtrue.monitors.detectors.living import LivingState
from holdtrue.monitors.settings import WatchSettings
from holdtrue.monitors.spending import SpendingState
from holdtrue.monitors.watch_reference import WatchReference
from holdtrue.profiles import Reference

FORMAT = 4


class WatchState(Struct, frozen=True, kw_only=True):
    """Everything a watch is, to go on from.

    Attributes:
        groups: those of the baseline. digest: of the reference, by which it is known again where it is not stored.
        states, gathered, spent: by group: its detectors, the block under way, and its budget.
        later: groups whose reference came from live rows; those without one are still awaited.
    """

    format: int = FORMAT
    settings: WatchSettings
    groups: tuple[str, ...]
    digest: str
    reference: WatchReference | None
    states: dict[str, LivingState]
    gathered: dict[str, BlockState]
    spent: dict[str, SpendingState]
    later: dict[str, dict[str, Reference]] = {}

    def to_bytes(self) -> bytes:
        """Return it as MessagePack."""
        return _encoder.encode(self)

    @staticmethod
    def from_bytes(data: bytes) -> WatchState:
        """Read what `to_bytes` gave.

        Raises:
            WrongUse: it is no state of a watch, or one of a format that is not known.
        """
        try:
            found = msgspec.msgpack.decode(data, type=_Format).format
            if found != FORMAT:
                raise WrongUse(f"a watch of format {found} cannot be read", hint="use the release that wrote it")
            return _decoder.decode(data)
        except msgspec.DecodeError as broken:
            raise WrongUse(f"these bytes are no state of a watch: {broken}") from broken


class _Format(Struct):
    format: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(WatchState)
