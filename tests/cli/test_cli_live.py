"""Commands that run until they are told to stop: real servers, real signals, and nobody left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
import urllib.request
from pathlib import Path

import polars as pl
import pytest
from commanding import ask, begun, holdtrue, lives, processes_in, serving, wait_until

DONE_WITHIN = 20.0


def watcher(folder: Path) -> int:
    """The process that holds the lease of the loop; 0 if none does."""
    with contextlib.closing(sqlite3.connect(folder / ".holdtrue" / "catalog.sqlite")) as records:
        row = records.execute("SELECT holder FROM leases WHERE name = 'loop'").fetchone()
    return int(row[0].rpartition("/")[2]) if row else 0


def test_up_stops_with_its_loop_on_ctrl_c(project: Path) -> None:
    with serving(project, "up") as (server, url):
        wait_until(lambda: watcher(project) != 0, "the loop begins")
        loop = watcher(project)
        assert loop in processes_in(project)
        assert ask(url, "/v2/models/house-price")["versions"] == ["v1"]
        second = holdtrue(project, "loop", "--once")
        assert second.code == 2 and "another loop watches" in second.err and "Traceback" not in second.err
        server.send_signal(signal.SIGINT)
        assert server.wait(DONE_WITHIN) == 0
        assert not lives(loop)
        wait_until(lambda: processes_in(project) == [], "all end")
        assert watcher(project) == 0
        assert not list((project / ".holdtrue" / "servers").iterdir())


def test_up_says_what_happens(project: Path) -> None:
    with serving(project, "up") as (server, _):
        forced = holdtrue(project, "promote", "v2", "--force", "--why", "to see; what happens", "--wait")
        assert forced.code == 0, forced.err
        assert holdtrue(project, "rollback", "--why", "it was worse", "--wait").code == 0
        server.send_signal(signal.SIGINT)
        said, _ = server.communicate(timeout=DONE_WITHIN)
    lines = [line for line in said.splitlines() if line.startswith("house-price: ")]
    assert lines == [
        "house-price: v1 answers requests",
        "house-price: v2 promoted to production by force by anna (to see)",
        "house-price: v2 answers requests",
        "house-price: rolled back to v1 by anna (it was worse)",
        "house-price: v1 answers requests",
    ]


def test_the_loop_is_begun_again_if_it_dies_and_ends_with_up_even_when_that_is_killed(project: Path) -> None:
    with serving(project, "up") as (server, _):
        wait_until(lambda: watcher(project) != 0, "the loop begins")
        loop = watcher(project)
        os.kill(loop, signal.SIGKILL)
        wait_until(lambda: any(pid not in (server.pid, loop) for pid in processes_in(project)), "another loop begins")
        assert server.stdout is not None
        said = ""
        while "waiting for its lease" not in said:  # that of the dead one
            said = server.stdout.readline()
            assert said
        server.kill()
        server.wait(DONE_WITHIN)
        wait_until(lambda: processes_in(project) == [], "the loop ends")


def test_promote_waits_for_the_running_server(project: Path) -> None:
    none = holdtrue(project, "promote", "v1", "--wait")
    assert none.code == 0 and "no server of this project runs here" in none.out
    with serving(project) as (server, url):
        told = holdtrue(project, "promote", "v2", "--force", "--why", "to see it", "--wait")
        assert told.code == 0 and f"{url} answers with v2" in told.out
        assert ask(url, "/v2/models/house-price")["versions"] == ["v2"]
        back = holdtrue(project, "rollback", "--wait", "--json")
        assert back.code == 0 and [each["url"] for each in back.value["servers"]] == [url]
        assert ask(url, "/v2/models/house-price")["versions"] == ["v1"]
        assert holdtrue(project, "status", "--json").value["servers"][0]["pid"] == server.pid


def test_replay_stops_on_ctrl_c_and_says_how_far_it_came(project: Path) -> None:
    with serving(project) as (_, url):
        with begun(project, "replay", "live/1996.parquet", "--to", url, "--rate", "200", "--json") as sending:

            def answered() -> bool:
                with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
                    return b'route="predict",status="200"' in answer.read()

            wait_until(answered, "rows are answered")
            sending.send_signal(signal.SIGINT)
            out, err = sending.communicate(timeout=DONE_WITHIN)
            assert (sending.returncode, err) == (130, "")
            assert '"sent":' in out
        few = pl.read_parquet(project / "live" / "1996.parquet").sort("sdate").head(200)
        few.write_parquet(project / "few.parquet")
        whole = holdtrue(project, "replay", "few.parquet", "--to", url, "--label-delay", "1", "--json")
        assert whole.code == 0 and whole.value["answered"] + whole.value["refused"] == 200
        assert 100 < whole.value["labels"] <= whole.value["answered"]  # those of the last day are not due yet
        # A CSV file spells everything as text; what is text in it by mistake is refused, and said.
        few.write_csv(project / "few.csv")
        text = (project / "few.csv").read_text().splitlines()
        spoilt = text[1].split(",")
        spoilt[text[0].split(",").index("beds")] = "many"
        (project / "few.csv").write_text("\n".join([text[0], ",".join(spoilt), *text[2:]]) + "\n")
        spelt = holdtrue(project, "replay", "few.csv", "--to", url, "--label-delay", "1")
        assert f"200 rows sent, {whole.value['answered'] - 1} answered" in spelt.out
        assert '1 refused by beds.type, such as beds: "many" is not a whole number [beds.type]' in spelt.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_leaves_a_record_that_says_so(untrained: Path, number: signal.Signals) -> None:
    model = untrained / "model.py"
    model.write_text(
        model.read_text().replace(
            "def fit(train, valid, params):\n",
            "def fit(train, valid, params):\n    import time\n    print('fitting', flush=True)\n    time.sleep(60)\n",
        )
    )
    with begun(untrained, "run") as run:
        assert run.stdout is not None and run.stdout.readline() == "fitting\n"
        began = time.monotonic()
        run.send_signal(number)
        _, err = run.communicate(timeout=DONE_WITHIN)
        assert (run.returncode, err.strip()) == (130, "stopped")
        assert time.monotonic() - began < 5
    (record,) = holdtrue(untrained, "log", "--json").value
    assert record["status"] == "stopped" and record["version_id"] is None
    assert processes_in(untrained) == []


def test_a_batch_is_predicted_labelled_and_walked_back_to_its_data(project: Path) -> None:
    told = holdtrue(project, "predict", "production", "live/1997.parquet", "-o", "prices.csv", "--json")
    assert told.code == 0 and told.value["version"] == "house-price:v1" and told.value["answered"] > 4000
    answers = pl.read_csv(project / "prices.csv")
    one = answers["prediction_id"][0]
    labels = answers.head(50).select("prediction_id", pl.lit(50_000.0).alias("label"))
    labels.write_csv(project / "labels.csv")
    assert holdtrue(project, "labels", "add", "labels.csv").out == "50 labels taken in\n"
    shown = holdtrue(project, "show", f"prediction:{one}").out
    assert "house-price:v1" in shown and "sales@1" in shown and "50,000" in shown
