"""The page of tables held against history (table-tests) is true: its code runs, and prints what it says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "table-tests.md"
BLOCK = re.compile(r"(<!-- fragment -->\n)?```python\n(.*?)```(?:\n```text\n(.*?)```)?", re.DOTALL)


def test_every_snippet_runs_and_prints_what_the_page_says() -> None:
    scope: dict[str, Any] = {"__name__": "page"}
    blocks = [(code, expected) for fragment, code, expected in BLOCK.findall(PAGE.read_text("utf-8")) if not fragment]
    assert len(blocks) == 3
    for code, expected in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(PAGE), "exec"), scope)  # noqa: S102
        assert printed.getvalue() == expected
