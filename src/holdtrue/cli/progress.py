"""Progress as the terminal shows it: a moving line on a terminal, plain lines in CI, nothing when piped."""

from __future__ import annotations

import os
import time

from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

from holdtrue.cli.output import console
from holdtrue.foundation import SILENT, Progress


class TerminalProgress:
    """A spinner and, where the total is known, a bar; each finished step leaves one line."""

    def __init__(self) -> None:
        self._bar: RichProgress | None = None
        self._open: list[tuple[str, float]] = []

    def start(self, step: str, total: int | None = None) -> None:
        """Show that a step began; one within another is shown while it lasts."""
        self._open.append((step, time.perf_counter()))
        self._show(step, total)

    def _show(self, step: str, total: int | None) -> None:
        if self._bar is not None:
            self._bar.stop()
        columns = [SpinnerColumn(), TextColumn("{task.description}")]
        if total is not None:
            columns += [BarColumn(bar_width=30), MofNCompleteColumn()]
        self._bar = RichProgress(*columns, TimeElapsedColumn(), console=console, transient=True)
        self._bar.start()
        self._bar.add_task(step, total=total)

    def advance(self, units: int = 1) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0], units)

    def finish(self, outcome: str = "") -> None:
        """Replace the moving line by what came of the step."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        step, began = _ended(self._open, outcome)
        if self._open:
            self._show(self._open[-1][0], None)
        else:
            console.print(_line(step, time.perf_counter() - began, outcome), soft_wrap=True)


class PlainProgress:
    """One line when a step is done: for logs of CI."""

    def __init__(self) -> None:
        self._open: list[tuple[str, float]] = []

    def start(self, step: str, total: int | None = None) -> None:
        """Remember the step."""
        self._open.append((step, time.perf_counter()))

    def advance(self, units: int = 1) -> None:
        """Nothing to show."""

    def finish(self, outcome: str = "") -> None:
        """Write the step's line, if it is not one within another."""
        step, began = _ended(self._open, outcome)
        if not self._open:
            console.print(_line(step, time.perf_counter() - began, outcome), soft_wrap=True)


def _ended(steps: list[tuple[str, float]], outcome: str) -> tuple[str, float]:
    if outcome == "stopped":  # by an error, which ended those within it too
        del steps[1:]
    return steps.pop()


def _line(step: str, seconds: float, outcome: str) -> Text:
    mark = ("  ✗ ", "red") if outcome == "stopped" else ("  ✓ ", "green")
    return Text.assemble(mark, (f"{step:<16}", "bold"), (f"{seconds:6.2f} s  ", "dim"), outcome)


def progress_for_console(*, json: bool = False) -> Progress:
    """Choose by what standard output is; a command that prints JSON shows none."""
    if json:
        return SILENT
    if console.is_terminal:
        return TerminalProgress()
    if os.environ.get("CI"):
        return PlainProgress()
    return SILENT
