"""The alarms that a group has raised, and what is put down to the last of them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from holdtrue.monitors.alarms import Alarm


class RaisedAlarms:
    """Alarms of an epoch, the first first.

    Args:
        window: rows after an alarm in which other quantities are put down to it. at: rows seen at the last alarm.

    Attributes:
        kept: the alarms, each with what was put down to it. ended: ids of those that are over: no more is put down to
            them.
    """

    def __init__(self, window: int, kept: tuple[Alarm, ...] = (), at: int = 0) -> None:
        self.kept, self.at = kept, at
        self.ended: set[str] = set()
        self._window = window

    @property
    def last(self) -> Alarm:
        """The last alarm; there must be one."""
        return self.kept[-1]

    def rows_left(self, row: int) -> int:
        """Return how many rows the last alarm's window has, once so many were seen; 0 or less where it is over."""
        return self.at + self._window - row if self.kept else 0

    def takes(self, row: int) -> bool:
        """Return whether what gathers evidence now is put down to the last alarm."""
        return bool(self.kept) and self.rows_left(row) >= 0 and self.last.id not in self.ended

    def beside(self, evidence: Mapping[str, float]) -> tuple[Alarm, ...]:
        """Return the alarms, the last with quantities named beside it, by their evidence."""
        return (*self.kept[:-1], replace(self.last, also=_most_first({**dict(self.last.also), **evidence})))

    def put_down(self, quantity: str, evidence: float, row: int) -> bool:
        """Put a quantity down to the last alarm, if that takes any now; return whether it was."""
        if not self.takes(row):
            return False
        self.kept = self.beside({quantity: evidence})
        return True

    def add(self, alarm: Alarm, row: int) -> None:
        """Take in another alarm."""
        self.kept, self.at = (*self.kept, alarm), row

    def end(self, alarm: str, most: int) -> None:
        """Say that an alarm is over; of such, the last few are kept."""
        self.ended.add(alarm)
        over = [each.id for each in self.kept if each.id in self.ended]
        gone = over[: max(0, len(over) - most)]
        self.kept = tuple(each for each in self.kept if each.id not in gone)
        self.ended.difference_update(gone)


def _most_first(evidence: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(evidence.items(), key=lambda item: (-item[1], item[0])))
