"""Pages over a running project, and reports of one file: complete without JavaScript, nothing fetched from elsewhere.

The names are imported when they are first used: a report loads no server.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdtrue.web.alarm_report import alarm_page
    from holdtrue.web.comparing import Compared, compare
    from holdtrue.web.comparison import comparison_page
    from holdtrue.web.data_report import data_report_page, unread_page
    from holdtrue.web.home import pages
    from holdtrue.web.replay import replay_page

_HOMES = {
    "alarm_report": ("alarm_page",),
    "comparing": ("Compared", "compare"),
    "comparison": ("comparison_page",),
    "data_report": ("data_report_page", "unread_page"),
    "home": ("pages",),
    "replay": ("replay_page",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Compared",
    "alarm_page",
    "compare",
    "comparison_page",
    "data_report_page",
    "pages",
    "replay_page",
    "unread_page",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'holdtrue.web' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"holdtrue.web.{home}"), name)
    globals()[name] = value  # next time it is found without this function
    return value
