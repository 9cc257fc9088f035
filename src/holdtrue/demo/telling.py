"""How the story looks on a terminal: chapters, plain sentences, and what happened with its evidence."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from holdtrue.foundation import Event, day

_WIDTH = 110
_INSET = 3
_DATE_WIDTH = 20
_NARROWEST = 24  # letters that a folded column keeps
_GAP = 2
_SEVERE = {"alarm.raised", "retrain.failed", "version.load_failed"}
_GROUPS = {
    "tests": "the tests of the data: rows that the contract refused, among all rows asked about.",
    "inputs": "the inputs: the fields of the rows, as they were asked about.",
    "pairs": "pairs of fields that go together: what one tells of the other.",
    "predictions": "the predictions.",
    "attributions": "the reasons: what each field adds to, or takes off, each prediction, in USD. Where these come "
    "close together, the field no longer decides much; where they spread out, it decides more.",
    "estimates": "the errors to be expected of the rows, by what they and their predictions are, before a label comes.",
    "errors": "the errors: the prediction less the price paid, so below 0 is too low. In the baseline the average is "
    "not 0 either: prices rise, and its rows, held back from training, are newer than those trained on.",
    "service": "the service: how long its answers take, how many of them fail, how much memory it holds.",
    "load": "the load: how much is asked, and how hard the processor works.",
    "labels": "the labels: which come, after how long, and how many in time.",
}


def on_day(micros: int | None) -> str:
    """Write a data time as a day, such as 1 July 1996."""
    return "an unknown day" if micros is None else day(micros)


class Teller:
    """Writes the story; nothing it is given is read as markup, and lines break between words, at any width."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.width = min(self.console.width, _WIDTH) if self.console.is_terminal else _WIDTH
        self._chapter = 0
        self._explained: set[str] = set()

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._chapter += 1
        self._print("")
        self._print(title, "bold cyan", first=f"{self._chapter}. ")

    def say(self, text: str = "", style: str = "", *, indent: int = 0) -> None:
        """Write a sentence."""
        self._print(text, style, first=" " * indent)

    def note(self, text: str) -> None:
        """Write a detail, set in."""
        self._print(text, "dim", first=" " * _INSET)

    def bullet(self, text: str, style: str = "") -> None:
        """Write one thing of several, wrapped under itself."""
        self._print(text, style, first="  · ")

    def dated(self, date: str, words: str, style: str = "") -> None:
        """Write what happened beside its day."""
        self._print(words, style, first=f"{' ' * _INSET}{date}".ljust(_DATE_WIDTH) + " ", first_style="dim")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str] = ()) -> None:
        """Write a small table, set in; its last column is folded to what the width leaves."""
        cells = [list(columns), *([str(cell) for cell in row] for row in rows)]
        widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
        for number, row in enumerate(cells):
            first = " " * _INSET
            for name, text, width in zip(columns[:-1], row, widths, strict=False):
                first += (text.rjust(width) if name in right else text.ljust(width)) + " " * _GAP
            self._print(row[-1], "" if number else "dim", first=first, first_style="" if number else "dim")

    def event(self, event: Event) -> None:
        """Tell what happened, as it happens."""
        words = _words(event)
        if not words:
            return
        style = "bold red" if event.kind in _SEVERE else "green" if event.kind == "alias.moved" else "yellow"
        self.dated(on_day(event.time) if event.time is not None else "", words, style)
        for line in self._evidence(event):
            self.dated("", line, "dim")

    def _evidence(self, event: Event) -> list[str]:
        """Say where an alarm was found, and the first time what that is."""
        if event.kind != "alarm.raised":
            return []
        group, lines = str(event.data["group"]), []
        if group not in self._explained:
            self._explained.add(group)
            lines.append(f"found in {_GROUPS.get(group, group + '.')}")
        if event.data.get("also"):
            lines.append(f"also moving: {', '.join(event.data['also'])}")
        return lines

    def _print(self, text: str, style: str = "", *, first: str = "", first_style: str = "") -> None:
        """Write text under itself, after `first` on its first line; long words, such as paths, stay whole."""
        margin = len(first) if len(first) + _NARROWEST <= self.width else _INSET
        lines = textwrap.wrap(
            text, max(self.width - margin, _NARROWEST), break_long_words=False, break_on_hyphens=False
        ) or [""]
        if margin < len(first):
            lines = ["", *lines]
        for number, line in enumerate(lines):
            start = first if number == 0 else " " * margin
            self.console.print(Text.assemble((start, first_style or style), (line, style)), soft_wrap=True)


def _words(event: Event) -> str:
    match event.kind:
        case "alarm.raised":
            return f"ALARM {event.why}"
        case "retrain.waiting":
            return f"retraining waits: {event.why}"
        case "retrain.started":
            return f"retraining begins, traffic goes on: {_tail(event.why)}"
        case "retrain.finished":
            return f"{event.why} ({_metrics(event.data)})"
        case "retrain.refused" | "retrain.failed" | "retrain.dropped" | "rollback.dropped":
            return f"{event.kind.replace('.', ' ')}: {event.why}"
        case "alias.moved":
            forced = " BY FORCE, though it did not pass its gate" if event.data.get("forced") else ""
            back = "rolled back to" if event.data.get("back") else "promoted to production:"
            return f"{back} {event.subject}{forced}"
        case "watch.begun":
            return f"now {event.why}"
        case "version.load_failed":
            return f"{event.subject} could not be loaded; the old one goes on: {event.why}"
    return ""


def _tail(why: str) -> str:
    return why.rpartition("; ")[2]


def _metrics(data: dict[str, Any]) -> str:
    mae = data.get("metrics", {}).get("mae")
    rows = sum(data.get("rows", {}).values())
    return f"mean absolute error {mae:,.0f} USD on held rows, {rows:,} rows in all" if mae else f"{rows:,} rows"
