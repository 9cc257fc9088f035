"""A log or a table watched once more, as one HTML file."""

from __future__ import annotations

import datetime as dt

from holdtrue.foundation import counted, day, figure
from holdtrue.watching import LogReplay
from holdtrue.web.environment import page_environment, report_styles
from holdtrue.web.wording import of_an_alarm
from holdtrue.workspace import TableReplay


def replay_page(found: LogReplay | TableReplay, at: dt.datetime) -> str:
    """Return the replay as a page. Args: at: when it was made."""
    environment = page_environment()
    environment.filters |= {"counted": counted, "figure": figure, "day": day, "of_an_alarm": of_an_alarm}
    of_log = isinstance(found, LogReplay)
    return environment.get_template("replay.html").render(
        found=found,
        of_log=of_log,
        title=f"{found.model}:{found.alias}" if isinstance(found, LogReplay) else found.file,
        good=found.identical if isinstance(found, LogReplay) else not found.alarms,
        differing={each.alarm for each in found.differences} if isinstance(found, LogReplay) else set(),
        at=at,
        styles=report_styles(),
    )
