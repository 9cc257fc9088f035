"""The story's text: whole words at any width, and commands that work where they are read."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from holdtrue.demo.commands import commands
from holdtrue.demo.telling import Teller
from holdtrue.foundation import DAY, Event

WHY = (
    'wall: share of "metlvnyl" 48 % since 1 July 1996 (8.3 % in the baseline); found after 33 rows of '
    "a_name_that_is_rather_long_for_one_word"
)

SENTENCE = "Everything is in /tmp/holdtrue-demo/.holdtrue:"


def alarm(group: str = "inputs", number: int = 1) -> Event:
    data = {"group": group, "quantity": "wall", "also": ["garage", "age"], "evidence": 1.2}
    return Event(
        id=str(number), kind="alarm.raised", at=0, time=number * DAY, actor="monitor", model="house-price",
        subject="alarm:1", why=WHY, data=data,
    )  # fmt: skip


def told(width: int) -> list[str]:
    written = io.StringIO()
    teller = Teller(Console(file=written, width=width, force_terminal=True, color_system=None, highlight=False))
    teller.chapter("It goes live")
    teller.say(f"{SENTENCE} {WHY}")
    teller.note(WHY)
    teller.bullet(WHY)
    teller.table(
        ("rows", "then", "test", "for example"),
        [("1,695", "warn", "depth.warn.gt", "depth: 0 is not greater than 0 ft"),
         ("24", "refuse", "rule.sold_after_it_was_built", "yrbuilt 1994, sdate 1993-12-27: breaks yrbuilt <= sdate")],
        right=("rows",),
    )  # fmt: skip
    teller.event(alarm())
    teller.event(alarm("attributions"))
    return written.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 300])
def test_lines_keep_to_the_width_and_words_stay_whole(width: int) -> None:
    lines = told(width)
    long = max(len(line) for line in lines)
    assert long <= max(min(width, 110), 60)  # the longest name has 39 letters, and keeps them
    words = " ".join(lines).split()
    for name in ("a_name_that_is_rather_long_for_one_word", "rule.sold_after_it_was_built", "depth.warn.gt"):
        assert name in words
    inside = [line for line in lines if "·" in line or line.startswith("   ")]
    assert len(inside) > 8  # what is set in goes on set in: only the sentence begins its lines at the margin
    assert " ".join(line for line in lines[2:] if line and not line.startswith(" ")) == f"{SENTENCE} {WHY}"


def test_a_group_is_explained_the_first_time_only() -> None:
    written = io.StringIO()
    teller = Teller(Console(file=written, highlight=False))
    for number in (1, 2):
        teller.event(alarm(number=number))
    said = written.getvalue()
    assert said.count("found in the inputs: the fields of the rows") == 1
    assert said.count("also moving: garage, age") == 2


def run_line(folder: Path, lines: tuple[str, ...], path: str) -> str:
    done = subprocess.run(
        ["sh", "-c", "\n".join(lines)], cwd=folder, env={"PATH": path}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_proposed_commands_run_where_the_venv_is_on_the_path_and_where_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = Path(sys.executable).parent
    without = os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if Path(each) != beside)
    for path in (f"{beside}{os.pathsep}{without}", without):
        monkeypatch.setenv("PATH", path)
        proposed = commands("--version")
        assert run_line(tmp_path, proposed, path).startswith("holdtrue ")
    assert commands("up") != ("holdtrue up",)


def test_outside_a_venv_the_program_s_own_path_is_proposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a place"
    folder.mkdir()
    (folder / "holdtrue").touch()
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    assert commands("up") == (f"'{folder}/holdtrue' up",)
    (folder / "holdtrue").unlink()
    assert commands("up", "show v1") == (f"'{folder}/python' -m holdtrue up", f"'{folder}/python' -m holdtrue show v1")
