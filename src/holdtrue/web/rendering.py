"""From a reading to HTML: pure, everything that came from a user escaped."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from markupsafe import Markup
from msgspec import Struct

from holdtrue.foundation import counted, day, digest, said_once, share
from holdtrue.monitors.service import step_of
from holdtrue.web import wording
from holdtrue.web.assets import Asset
from holdtrue.web.chart import Chart, chart_of, estimate_chart
from holdtrue.web.environment import page_environment
from holdtrue.web.readings import Reading
from holdtrue.workspace import AlarmOverview, ModelOverview

GOING_ON = ("open", "changing")


class Rendered(Struct, frozen=True, kw_only=True):
    """A reading as HTML.

    Attributes:
        page: the whole page. live: the part of it that changes. mark: changes with `live`.
        as_of: the time of the figures, ISO 8601; "" if there are none.
    """

    reading: Reading
    page: str
    live: str
    mark: str
    as_of: str


class Renderer:
    """Renders readings; safe to share between threads.

    Args:
        title: heading of the page. assets: the files it needs, by name. document: what its foot leads to, if anything.
        alarms: whether each alarm has a page of its own, `alarms/ID`.
    """

    def __init__(self, title: str, assets: Mapping[str, Asset], document: str = "", *, alarms: bool = False) -> None:
        self._title, self._assets, self._document = title, assets, document
        self._alarms = alarms
        environment = page_environment()
        for function in _FILTERS:
            environment.filters[function.__name__] = function
        for test in (wording.apart,):
            environment.tests[test.__name__] = test
        self._home, self._live = environment.get_template("home.html"), environment.get_template("live.html")

    def render(self, reading: Reading, origin: str) -> Rendered:
        """Return a reading as HTML.

        Args:
            origin: the server's own address as the viewer knows it, such as `http://127.0.0.1:8700`; it stands in the
                commands that the page proposes.
        """
        overview = reading.overview
        live = self._live.render(
            overview=overview,
            problem=reading.problem,
            alarms=() if overview is None else open_alarms(overview.models),
            origin=origin,
            pages_of_alarms=self._alarms,
        )
        as_of = "" if overview is None else wording.machine(overview.at)
        page = self._home.render(
            title=self._title,
            assets=self._assets,
            document=self._document,
            overview=overview,
            as_of=as_of,
            live=Markup(live),  # everything in it was escaped when it was rendered, just above
        )
        return Rendered(reading=reading, page=page, live=live, mark=digest(live.encode())[:16], as_of=as_of)


def open_alarms(models: tuple[ModelOverview, ...]) -> tuple[tuple[ModelOverview, AlarmOverview], ...]:
    """Return the open alarms of all models, latest first."""
    found = [(model, alarm) for model in models for alarm in model.alarms if alarm.status in GOING_ON]
    return tuple(sorted(found, key=lambda pair: pair[1].raised_at, reverse=True))


def latest_first(alarms: tuple[AlarmOverview, ...]) -> list[AlarmOverview]:
    """Return alarms, the latest raised first."""
    return sorted(alarms, key=lambda alarm: alarm.raised_at, reverse=True)


def error_chart(model: ModelOverview) -> Chart | None:
    """Return the curve of a model's error beside the baseline's; None if there is too little of it."""
    return chart_of(model.error_series, model.error_baseline, model.unit)


def ended(alarm: AlarmOverview) -> str:
    """Say why an alarm stands as it does, as a sentence begins."""
    text = said_once(alarm.status, alarm.why)
    return text[:1].upper() + text[1:]


def quoted(text: str) -> str:
    """Write a word for a shell.

    Example:
        >>> quoted("/home/ada/my houses")
        "'/home/ada/my houses'"
    """
    return shlex.quote(text)


_FILTERS = (
    wording.actor,
    wording.change,
    wording.clause,
    wording.clock,
    wording.cost,
    counted,
    day,
    ended,
    wording.evidence,
    wording.with_unit,
    wording.group_name,
    wording.headline,
    wording.input_difference,
    wording.input_figure,
    wording.input_of,
    wording.input_standing,
    wording.left_watch,
    wording.machine,
    wording.rate,
    wording.reason,
    wording.part_of,
    wording.short,
    wording.since,
    wording.size,
    error_chart,
    estimate_chart,
    latest_first,
    quoted,
    share,
    step_of,
)
