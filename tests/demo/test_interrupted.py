"""Ctrl-C at any moment of the demo stops it cleanly, and nothing goes on running."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest


def processes_in(folder: Path) -> list[str]:
    """Return the command lines of processes that work in a folder or name it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            place = str((entry / "cwd").readlink())
        except OSError:
            continue
        if (str(folder) in words or place.startswith(str(folder))) and "pytest" not in words:
            found.append(words)
    return found


def told_until(folder: Path, words: str, *options: str) -> tuple[subprocess.Popen[str], str]:
    """Begin the story in a folder; return it once it has said these words, and all it said."""
    story = subprocess.Popen(
        [sys.executable, "-m", "holdtrue", "demo", *options, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder.parent,
        start_new_session=True,
    )
    assert story.stdout is not None
    told = ""
    for line in story.stdout:
        told += line
        if words in line:
            return story, told
    raise AssertionError(f"the story ended before it said {words!r}")


# What the story has just written when Ctrl-C comes: while it trains, when the server is up, in the middle of traffic.
@pytest.mark.parametrize("after", ["project:", "Code and data", "It goes live", "ALARM"])
def test_ctrl_c_stops_everything(tmp_path, after):
    folder = tmp_path / "houses"
    story, _ = told_until(folder, after)
    story.send_signal(signal.SIGINT)
    said, complaint = story.communicate(timeout=60)
    assert story.returncode == 130
    assert "Traceback" not in said + complaint
    assert "stopped" in said + complaint
    assert processes_in(folder) == []


def test_ctrl_c_stops_what_keep_left_running(tmp_path):
    folder = tmp_path / "houses"
    story, told = told_until(folder, "It goes on running", "--keep")
    lines = " ".join(told.split())
    sent = re.search(r"([\d,]+) sales were sent from April to December and (\d+) lost, [^:]+: (.+?) refused\.", lines)
    assert sent is not None, told
    parts = [int(each.replace(",", "")) for each in re.findall(r"([\d,]+)(?= answered|$)", sent[3])]
    assert sum(parts) + int(sent[2]) == int(sent[1].replace(",", "")), sent[0]
    assert "alarms --all" in told and "holdtrue up" not in told  # it is up already
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            story.wait(2)  # it stays
        story.send_signal(signal.SIGINT)
        said, complaint = story.communicate(timeout=30)
    finally:
        story.kill()
    assert story.returncode == 130
    assert "Traceback" not in said + complaint
    assert "stopped" in said
    assert processes_in(folder) == []
