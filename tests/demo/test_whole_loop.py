"""The story at reduced size, by the commands and requests that a user has."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from holdtrue.catalog import open_catalog

MODEL = "house-price"
PATIENCE = 150.0


class Project:
    """A project on disk and what a user does with it at a terminal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("HOLDTRUE_")}
        self.server: subprocess.Popen[str] | None = None
        self.url = ""

    def holdtrue(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "holdtrue", *arguments],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def up(self) -> None:
        self.server = subprocess.Popen(
            [sys.executable, "-m", "holdtrue", "up", "--port", "0"],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.server.stdout is not None
        for line in self.server.stdout:
            found = re.search(r"http://[0-9.:]+", line)
            if found:
                self.url = found.group()
                return
        raise AssertionError("the server ended before it said where it listens")

    def down(self) -> int:
        assert self.server is not None
        self.server.send_signal(signal.SIGTERM)
        self.server.stdout.close()  # type: ignore[union-attr]
        return self.server.wait(30)

    def post(self, row: dict) -> tuple[int, dict]:
        request = urllib.request.Request(f"{self.url}/models/{MODEL}/predict", json.dumps(row).encode())
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def wait_for(self, what: str, holds) -> object:
        """Poll the record of events until something in it holds."""
        catalog = open_catalog(f"sqlite:///{self.folder / '.holdtrue' / 'catalog.sqlite'}")
        deadline = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < deadline:
                events = catalog.events.list(MODEL)
                found = next((event for event in events if holds(event)), None)
                if found is not None:
                    return found
                time.sleep(0.05)
            told = "\n".join(f"{event.kind} {event.subject} {event.why}" for event in events)
            raise AssertionError(f"{what} did not happen; what did:\n{told}")
        finally:
            catalog.close()


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "houses"
    made = Project(tmp_path)
    made.holdtrue("init", "--template", "houses", str(folder))
    made.folder = folder
    model = folder / "model.py"
    smaller = model.read_text().replace('params.int("trees", 400', 'params.int("trees", 80')
    assert smaller != model.read_text()
    model.write_text(smaller)
    yield made
    if made.server is not None and made.server.poll() is None:
        os.killpg(made.server.pid, signal.SIGKILL)
        made.server.wait()


def cut(project: Project, name: str, first: date, last: date) -> str:
    sales = pl.read_parquet(project.folder / "live" / "1996.parquet")
    rows = sales.filter(pl.col("sdate").is_between(first, last))
    rows.write_parquet(project.folder / name)
    return name


def test_the_whole_loop(project):
    assert "registered house-price:v1" in project.holdtrue("run")
    project.holdtrue("promote", "v1")
    project.up()

    broken = {"yrbuilt": 1965, "stories": "one", "area": 1400, "wall": "brick", "beds": -8, "baths": 1, "halfbaths": 1,
              "frontage": 60, "depth": 120, "garage": "attached", "garagesqft": 440, "rooms": 6, "lotsize": 7200,
              "sdate": "1996-05-31"}  # fmt: skip
    status, answer = project.post(broken)
    assert status == 422
    assert answer["failures"][0]["message"] == "beds: -8 is less than 0 [beds.ge]"

    # A quiet month, the change of 1 July, and labels of enough sales since.
    quiet = cut(project, "june.parquet", date(1996, 6, 1), date(1996, 6, 30))
    report = json.loads(project.holdtrue("replay", quiet, "--to", project.url, "--json"))
    assert report["failed"] == 0
    changed = cut(project, "summer.parquet", date(1996, 7, 1), date(1996, 9, 10))
    report = json.loads(project.holdtrue("replay", changed, "--to", project.url, "--rate", "150", "--json"))
    assert report["failed"] == 0
    assert report["answered"] + report["refused"] == report["sent"]
    assert report["labels"] > 300

    alarm = project.wait_for("the alarm on wall", lambda event: event.data.get("quantity") == "wall")
    assert alarm.data["rows_taken"] <= 150
    project.wait_for("a retraining", lambda event: event.kind == "retrain.started")
    moved = project.wait_for("a promotion", lambda event: event.kind == "alias.moved" and event.actor == "policy")
    assert moved.subject == f"{MODEL}:v2"
    project.wait_for("the switch", lambda event: event.kind == "version.served" and event.subject == f"{MODEL}:v2")

    # A version that decides by the garage: refused by its gate, promoted by force, found by its reasons, rolled back.
    model = project.folder / "model.py"
    sound = model.read_text()
    model.write_text(sound.replace("USED = FEATURES", 'USED = ["garagesqft", "lotsize"]'))
    said = project.holdtrue("run", "--why", "what if the garage decides?", code=1)
    assert "same_reasons_as" in said
    assert "did not pass its gate" in project.holdtrue("promote", "v3", code=1)
    project.holdtrue("promote", "v3", "--force", "--why", "to see what happens")
    project.wait_for("the switch", lambda event: event.kind == "version.served" and event.subject == f"{MODEL}:v3")
    autumn = cut(project, "autumn.parquet", date(1996, 9, 16), date(1996, 10, 31))
    report = json.loads(project.holdtrue("replay", autumn, "--to", project.url, "--rate", "150", "--json"))
    assert report["failed"] == 0
    reasons = project.wait_for("the alarm on reasons", lambda event: event.data.get("group") == "attributions")
    assert reasons.data["version"] == f"{MODEL}:v3"
    back = project.wait_for("the rollback", lambda event: event.kind == "alias.moved" and event.data.get("back"))
    assert (back.subject, back.actor) == (f"{MODEL}:v2", "policy")

    assert project.down() == 0
    found = json.loads(project.holdtrue("status", "--json"))
    assert found["overview"]["models"][0]["version"] == "v2"
    assert "intact" in project.holdtrue("events", "verify")
    assert "whole" in project.holdtrue("store", "check")
    project.holdtrue("show", "v1")
    assert "USED" in project.holdtrue("diff", "v2", "v3")
