"""What holdtrue writes into pyproject.toml: one table of one model, and nothing else of the file is touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.foundation import WrongUse
from holdtrue.workspace import read_settings
from holdtrue.workspace.settingsfile import write_watch

OTHERS = '# mine\n[project]\nname = "x"  # and this\n\n[tool.holdtrue]\nport = 8800\n'
OF_BIKES = '[tool.holdtrue.watch.bikes]\nblock = "day"\n# why\n\n[x]\n'


@given(
    season=st.sampled_from([None, "hour", "month", 'a "shop"']),
    block=st.sampled_from([None, "hour", "week", 50]),
    tolerance=st.sampled_from([0.0, 0.05]),
    model=st.sampled_from(["bikes", "house-price", "b2"]),
    before=st.sampled_from(
        ["", OTHERS, OTHERS.rstrip(), OTHERS + '[tool.holdtrue.watch.bikes]\nblock = "day"\n# why\n\n[x]\n']
    ),
)
def test_what_was_written_is_read_and_all_else_stays(
    tmp_path_factory: pytest.TempPathFactory,
    season: str | None,
    block: str | int | None,
    tolerance: float,
    model: str,
    before: str,
) -> None:
    root = tmp_path_factory.mktemp("project")
    file = root / "pyproject.toml"
    if before:
        file.write_text(before)
    written, lines = write_watch(root, model, season, block, tolerance)
    assert written == file and lines[0] == f"[tool.holdtrue.watch.{model}]"
    found = read_settings(root, {}).watch[model]
    assert (found.season, found.block, found.tolerance) == (season, block, tolerance or None)
    text = file.read_text()
    kept = [line for line in before.splitlines() if line.strip() and line != 'block = "day"']
    assert [line for line in text.splitlines() if line in kept] == kept
    write_watch(root, model, season, block, tolerance)
    assert file.read_text() == text  # once more is the same
    assert [path.name for path in root.iterdir()] == ["pyproject.toml"]


@pytest.mark.parametrize(
    "text",
    [
        '[tool.holdtrue]\nwatch = {bikes = {block = "day"}}\n',
        '[tool.holdtrue.watch]\nbikes = {block = "day"}\n',
        "[tool.holdtrue\n",
        "tool = 3\n",
        '[tool.holdtrue]\ntext = """\n[tool.holdtrue.watch.bikes]\n"""\n',
    ],
)
def test_what_cannot_be_replaced_is_left_and_the_lines_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(WrongUse, match="cannot be changed without harm") as refused:
        write_watch(tmp_path, "bikes", "month", "week", 0.0)
    assert '[tool.holdtrue.watch.bikes]; season = "month"; block = "week"' in refused.value.hint
    assert (tmp_path / "pyproject.toml").read_text() == text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("block = 1", "watch"),
        ('block = "fortnight"', "watch"),
        ("tolerance = 2", "watch"),
        ('seasons = "hour"', "seasons"),
        ("season = 3", "watch"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.holdtrue.watch.bikes]\n{line}\n")
    with pytest.raises(WrongUse, match=message) as refused:
        read_settings(tmp_path, {})
    assert "pyproject.toml" in refused.value.hint
    with pytest.raises(WrongUse, match="watch"):
        read_settings(tmp_path / "none", {"HOLDTRUE_WATCH": "x"})


def test_tolerances_of_single_quantities_are_read_checked_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(
        '[tool.holdtrue.watch.bikes]\nblock = "day"\ntolerances = {temp = 2, "errors.signed error" = "0.1 sd"}\n'
    )
    write_watch(tmp_path, "bikes", "month", None, 0.05)
    own = read_settings(tmp_path, {}).watch["bikes"]
    assert own.tolerances == {"temp": 2, "errors.signed error": "0.1 sd"} and own.season == "month"
    file.write_text('[tool.holdtrue.watch.bikes]\ntolerances = {temp = "2 degrees"}\n')
    with pytest.raises(WrongUse, match="the tolerance of temp is '2 degrees'"):
        read_settings(tmp_path, {})
