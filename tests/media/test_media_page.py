"""The page of media is true: its code runs in an empty folder, and prints what it says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "media.md"
BLOCK = re.compile(r"(<!-- fragment -->\n)?```python\n(.*?)```(?:\n```text\n(.*?)```)?", re.DOTALL)


def test_every_snippet_runs_and_prints_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scope: dict[str, Any] = {"__name__": "page"}
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    assert len(blocks) == 4
    for _, code, expected in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(PAGE), "exec"), scope)  # noqa: S102
        assert printed.getvalue() == expected
