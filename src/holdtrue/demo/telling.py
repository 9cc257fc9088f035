"""How the story looks on a terminal: chapters, plain sentences, and what happened with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from holdtrue.foundation import Event, datetime_of

_WIDTH = 110
_DATE_WIDTH = 21
_SEVERE = {"alarm.raised", "retrain.failed", "version.load_failed"}


def day(micros: int | None) -> str:
    """Write a data time as a day, such as 1 July 1996."""
    if micros is None:
        return "an unknown day"
    moment = datetime_of(micros)
    return f"{moment.day} {moment:%B %Y}"


class Teller:
    """Writes the story; nothing it is given is read as markup."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        if self.console.width > _WIDTH or not self.console.is_terminal:
            self.console = Console(highlight=False, width=_WIDTH)
        self._chapter = 0

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._chapter += 1
        self.console.print()
        self.console.print(Text(f"{self._chapter}. {title}", style="bold cyan"))

    def say(self, text: str = "", style: str = "") -> None:
        """Write a sentence."""
        self.console.print(Text(text, style=style))

    def note(self, text: str) -> None:
        """Write a detail, set in."""
        body = Text(text, style="dim")
        self.console.print(Text("   "), body, sep="", soft_wrap=False)

    def bullet(self, text: str, style: str = "") -> None:
        """Write one thing of several, wrapped under itself."""
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=3, justify="right")
        grid.add_column(ratio=1)
        grid.add_row(Text("·", style=style), Text(text, style=style))
        self.console.print(grid)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str] = ()) -> None:
        """Write a small table."""
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
        table.add_column("  ")
        for column in columns:
            table.add_column(column, justify="right" if column in right else "left", overflow="fold")
        for row in rows:
            table.add_row("", *(Text(str(cell)) for cell in row))
        self.console.print(table)

    def event(self, event: Event) -> None:
        """Tell what happened, as it happens."""
        words = _words(event)
        if not words:
            return
        style = "bold red" if event.kind in _SEVERE else "green" if event.kind == "alias.moved" else "yellow"
        self._dated(day(event.time) if event.time is not None else "", words, style)
        for line in _evidence(event):
            self._dated("", line, "dim")

    def _dated(self, date: str, words: str, style: str) -> None:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=_DATE_WIDTH)
        grid.add_column(ratio=1)
        grid.add_row(Text(f"   {date}", style="dim"), Text(words, style=style))
        self.console.print(grid)


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
            forced = " BY FORCE, its gate not passed" if event.data.get("forced") else ""
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


def _evidence(event: Event) -> list[str]:
    if event.kind != "alarm.raised":
        return []
    data = event.data
    began = day(data.get("began_time"))
    lines = [f"group {data['group']}; evidence {data['evidence']:,.2f} times what an alarm needs; began about {began}"]
    if data.get("also"):
        lines.append(f"also moving: {', '.join(data['also'])}")
    return lines
