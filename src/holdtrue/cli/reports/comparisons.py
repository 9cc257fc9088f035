"""Two tables compared, on the terminal: a line for each column, with the two distributions in small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from holdtrue.cli.output import print_table, say, say_pair
from holdtrue.foundation import counted, figure, share

if TYPE_CHECKING:
    from holdtrue.monitors.comparison import ColumnComparison
    from holdtrue.workspace import ComparedTables

_BARS = "▁▂▃▄▅▆▇█"
_BINS = 12
_UNCHANGED = ("same", "slight", "not judged")


def print_comparison(found: ComparedTables, *, every: bool) -> None:
    """Show what changed, or every column; the columns that changed most first."""
    from holdtrue.web.comparison import outcome, stated

    comparison = found.comparison
    shown = [each for each in comparison.columns if every or each.changed or each.verdict not in _UNCHANGED]
    say(
        f"{comparison.now} ({counted(comparison.rows_now, 'row')}) beside {comparison.before} "
        f"({counted(comparison.rows_before, 'row')})"
    )
    if shown:
        print_table(
            ("column", "verdict", "moved", "between", "before", "now", "what is different"),
            [(*_line(each), *_pictures(each, found), each.words) for each in shown],
            right="moved",
            fold="what is different",
        )
    for each in shown:
        for remark in each.remarks:
            say_pair("note", "yellow", f"{each.name}: {remark}", width=8, indent=0)
    for alarm in comparison.alarms:
        say_pair("since", "bold red", alarm.message, width=8, indent=0)
    left = len(comparison.columns) - len(shown)
    if left:
        most = max((each.at_most or 0 for each in comparison.columns if each not in shown), default=0)
        moved = f"; none of them moved by more than {share(most)} of the rows" if 0 < most < 0.995 else ""
        say(f"{counted(left, 'column')} without a change worth one{moved} (--all shows them)")
    say(stated(comparison))
    say(outcome(comparison), "bold")


def _line(column: ColumnComparison) -> tuple[str, str, str, str]:
    verdict = "changed" if column.alarm is not None and column.verdict in _UNCHANGED else column.verdict
    if column.moved is None or column.at_least is None or column.at_most is None:
        return column.name, verdict, "", ""
    return column.name, verdict, f"{column.moved:.3f}", f"{column.at_least:.3f} to {column.at_most:.3f}"


def _pictures(column: ColumnComparison, found: ComparedTables) -> tuple[str, str]:
    """Return both distributions, on one axis, as bars of one letter each; figures where there is nothing to draw."""
    from holdtrue.web.distribution import axis

    before, now = found.before.get(column.name), found.now.get(column.name)
    if before is None or now is None or before.kind != now.kind:
        return "", ""
    if before.kind == "name" and column.kind not in ("text", "key"):
        levels = list(dict.fromkeys((*[*before.top.counts][:6], *[*now.top.counts][:6])))[:_BINS]
        return _bars(
            *([each.top.counts.get(level, 0) / max(1, each.count) for level in levels] for each in (before, now))
        )
    if before.kind not in ("number", "time") or not before.moments.n or not now.moments.n:
        return figure(before.lengths.mean) if before.lengths.n else "", figure(
            now.lengths.mean
        ) if now.lengths.n else ""
    edges = list(axis((before, now), _BINS)[0])
    return _bars(before.histogram(edges).tolist(), now.histogram(edges).tolist())


def _bars(before: Sequence[float], now: Sequence[float]) -> tuple[str, str]:
    top = max(*before, *now, 1e-12)
    first, second = (
        "".join(" " if not part else _BARS[min(len(_BARS) - 1, int(part / top * len(_BARS)))] for part in parts)
        for parts in (before, now)
    )
    return first, second
