"""The reports of `data test` where there is nothing to report on: the data could not be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from holdtrue.foundation import HoldtrueError, datetime_of

if TYPE_CHECKING:
    from holdtrue.workspace import Workspace


def write_unread(
    workspace: Workspace, error: HoldtrueError, model: str, source: str, junit: Path | None, html: Path | None
) -> None:
    """Write the reports that were asked for, so that who reads them alone hears of the error too.

    Args:
        model: its name as the user gave it; "" for the only one.
        source: the data that was to be tested, in words.
    """
    if junit is None and html is None:
        return
    at = datetime_of(workspace.clock.now())
    name = model or _only_model(workspace)
    if junit is not None:
        from holdtrue.cli.reports.junit import unread_xml

        junit.write_text(unread_xml(error, name, source, at), encoding="utf-8")
    if html is not None:
        from holdtrue.web import unread_page

        html.write_text(unread_page(error, name, source, at), encoding="utf-8")


def _only_model(workspace: Workspace) -> str:
    try:
        return workspace.model().name
    except HoldtrueError:  # the very error that is to be reported, perhaps
        return ""
