"""Ctrl-C at any moment of the demo stops it cleanly, and nothing goes on running."""

import os
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


# What the story has just written when Ctrl-C comes: while it trains, when the server is up, in the middle of traffic.
@pytest.mark.parametrize("after", ["project:", "Code and data", "It goes live", "ALARM"])
def test_ctrl_c_stops_everything(tmp_path, after):
    folder = tmp_path / "houses"
    story = subprocess.Popen(
        [sys.executable, "-m", "holdtrue", "demo", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        start_new_session=True,
    )
    assert story.stdout is not None
    for line in story.stdout:
        if after in line:
            break
    else:
        raise AssertionError(f"the story ended before it said {after!r}")
    story.send_signal(signal.SIGINT)
    said, complaint = story.communicate(timeout=60)
    assert story.returncode == 130
    assert "Traceback" not in said + complaint
    assert "stopped" in said + complaint
    assert processes_in(folder) == []
