"""The page of one alarm: what it most likely is, since when, carried by what, before and now, and rows that show it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from markupsafe import Markup
from msgspec import Struct

from holdtrue.catalog import GOING_ON
from holdtrue.foundation import counted, day, figure, said_once, share
from holdtrue.monitors.diagnosis import (
    Carrier,
    Picture,
    beginning_in_words,
    effect_in_words,
    rest_line,
    share_of_change,
    sureness,
)
from holdtrue.web import wording
from holdtrue.web.assets import Asset
from holdtrue.web.environment import page_environment
from holdtrue.workspace import ShownAlarm

_STYLES = ("holdtrue.css", "report.css")


class Drawn(Struct, frozen=True, kw_only=True):
    """A picture as coordinates in a square of 100 x 100, origin at the top left.

    Attributes:
        now: x, y, width and height of each bar; before: the outline of the others, `x,y x,y ...`, of numbers.
        levels: of names: name, share before and now in per cent of the longest bar, and both in words.
        low, high: the ends of the axis, in words. missing: what is said of missing values. label: all in a sentence.
    """

    title: str
    now: tuple[tuple[float, float, float, float], ...] = ()
    before: str = ""
    levels: tuple[tuple[str, float, float, str], ...] = ()
    low: str = ""
    high: str = ""
    missing: str = ""
    label: str = ""


def alarm_page(shown: ShownAlarm, assets: Mapping[str, Asset] | None = None) -> str:
    """Return the page.

    Args:
        assets: the server's files, where it is one of its pages; by default it is complete in itself.
    """
    environment = page_environment()
    environment.filters |= {
        "counted": counted,
        "day": day,
        "figure": figure,
        "group_name": wording.group_name,
        "part": share_of_change,
        "share": share,
        "sureness": sureness,
    }
    found = shown.diagnosis
    return environment.get_template("alarm.html").render(
        shown=shown,
        alarm=shown.alarm,
        found=found,
        going_on=shown.alarm.status in GOING_ON,
        ended=said_once(shown.alarm.status, shown.alarm.why),
        began="" if found is None or found.begin is None else beginning_in_words(found.begin),
        effect="" if found is None or found.effect is None else effect_in_words(found.effect, shown.of_level),
        rest="" if found is None or found.carriers is None else rest_line(found.carriers),
        bars=() if found is None or found.carriers is None else _bars(found.carriers.parts),
        pictures=() if found is None else tuple(drawn(each) for each in found.pictures),
        names=() if found is None else _names(shown),
        assets=assets,
        styles="" if assets is not None else _styles(),
    )


def drawn(picture: Picture) -> Drawn:
    """Lay a picture out.

    Example:
        >>> from holdtrue.monitors.diagnosis import Bar
        >>> bars = (Bar("1 to 2", 0.5, 0.25), Bar("2 to 3", 0.5, 0.75))
        >>> drawn(Picture(quantity="area", unit="", numeric=True, bars=bars)).now
        ((0.0, 66.7, 50.0, 33.3), (50.0, 0.0, 50.0, 100.0))
    """
    title = f"{picture.quantity}, {picture.unit}" if picture.unit else picture.quantity
    bars = [bar for bar in picture.bars if bar.name != "(missing)" or not picture.numeric]
    missing = next((bar for bar in picture.bars if bar not in bars), None)
    top = max((max(bar.before, bar.now) for bar in bars), default=0.0) or 1.0
    if not picture.numeric or len(bars) < 2:
        levels = tuple(
            (
                bar.name,
                round(100 * bar.before / top, 1),
                round(100 * bar.now / top, 1),
                f"{share(bar.now)} (was {share(bar.before)})",
            )
            for bar in picture.bars
        )
        return Drawn(title=title, levels=levels)
    width = 100 / len(bars)
    now = tuple(
        (round(i * width, 2), round(100 - 100 * bar.now / top, 1), round(width, 2), round(100 * bar.now / top, 1))
        for i, bar in enumerate(bars)
    )
    points = []
    for i, bar in enumerate(bars):
        height = 100 - 100 * bar.before / top
        points += [f"{i * width:.4g},{height:.3g}", f"{(i + 1) * width:.4g},{height:.3g}"]
    highest = max(bars, key=lambda bar: bar.now)
    return Drawn(
        title=title,
        now=now,
        before=" ".join(points),
        low=bars[0].name.split(" to ")[0],
        high=bars[-1].name.split(" to ")[-1],
        missing="" if missing is None else f"missing: {share(missing.now)}, was {share(missing.before)}",
        label=f"{title} before and now; most rows now, {share(highest.now)}, are in {highest.name}",
    )


def _bars(parts: tuple[Carrier, ...]) -> tuple[tuple[Carrier, float], ...]:
    most = max((abs(each.part) for each in parts), default=0.0) or 1.0
    return tuple((each, round(100 * abs(each.part) / most, 1)) for each in parts)


def _names(shown: ShownAlarm) -> tuple[str, ...]:
    examples = shown.diagnosis.examples if shown.diagnosis is not None else ()
    return tuple(dict.fromkeys(name for each in examples for name in each.values))


def _styles() -> Markup:
    static = files("holdtrue.web").joinpath("static")
    # Our own files: nothing in them came from anyone.
    return Markup("\n".join(static.joinpath(name).read_text("utf-8") for name in _STYLES))
