"""One alarm in a terminal: what it most likely is, and pictures of before and now."""

from __future__ import annotations

from holdtrue.catalog import GOING_ON
from holdtrue.cli.output import say
from holdtrue.foundation import day, said_once, share
from holdtrue.monitors.diagnosis import Picture
from holdtrue.workspace import ShownAlarm, diagnosis_lines

_TITLE = 13
_WIDTH = 22
_LONGEST = 26
_EIGHTHS = " ▏▎▍▌▋▊▉"


def print_alarm(shown: ShownAlarm) -> None:
    """Show an alarm."""
    alarm = shown.alarm
    say(f"{alarm.status}: {shown.message}", "bold red" if alarm.status in GOING_ON else "bold", hang=2)
    seen = f"; at the row of {day(alarm.time)}" if alarm.time is not None else ""
    say(f"  {alarm.data.get('version') or alarm.model}, {alarm.group}{seen}; alarm:{alarm.id}", hang=2)
    if alarm.why:
        say(f"  {said_once(alarm.status, alarm.why)}", hang=2)
    say()
    lines = diagnosis_lines(shown)
    for title, text in lines:
        say(f"{title:<{_TITLE}}{text}" if title else " " * _TITLE + text, hang=_TITLE if title else 2)
    if not lines:
        say("no diagnosis of it is kept")
    for picture in shown.diagnosis.pictures if shown.diagnosis is not None else ():
        say()
        for line in picture_lines(picture):
            say(line)
    if alarm.status in GOING_ON:
        say()
        say(f'to live with it: holdtrue alarms accept {alarm.id} --why "..."')


def picture_lines(picture: Picture) -> list[str]:
    """Draw a picture with letters, a line a bar.

    Example:
        >>> from holdtrue.monitors.diagnosis import Bar
        >>> bars = (Bar("wood", 0.5, 0.25), Bar("brick", 0.5, 0.75))
        >>> wall = Picture(quantity="wall", unit="", numeric=False, bars=bars)
        >>> print("\\n".join(picture_lines(wall)))
        wall   before                        now
        wood   ██████████████▋        50%    ███████▍               25%
        brick  ██████████████▋        50%    ██████████████████████ 75%
    """
    title = f"{picture.quantity} ({picture.unit})" if picture.unit else picture.quantity
    names = [_short(bar.name) for bar in picture.bars]
    width = max(len(_short(title)), *(len(name) for name in names))
    most = max((max(bar.before, bar.now) for bar in picture.bars), default=0.0) or 1.0
    lines = [f"{_short(title):<{width}}  {'before':<{_WIDTH + 7}} now"]
    for name, bar in zip(names, picture.bars, strict=True):
        cells = [f"{_drawn(part / most):<{_WIDTH}} {share(part):<6}" for part in (bar.before, bar.now)]
        lines.append(f"{name:<{width}}  {' '.join(cells)}".rstrip())
    return lines


def _drawn(length: float) -> str:
    eighths = round(length * _WIDTH * 8)
    if not eighths and length > 0:
        eighths = 1
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _short(name: str) -> str:
    plain = "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
