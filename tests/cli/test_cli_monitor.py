"""`monitor compare` and `monitor replay` as a user types them."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import polars as pl
from commanding import holdtrue


def tables(folder: Path) -> None:
    number = pl.int_range(900, eager=True)
    before = pl.DataFrame(
        {
            "beds": number % 5,
            "wall": pl.Series(["wood", "brick", "stone"])[(number % 3).to_list()],
            "sold": pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 1, 1) + pl.duration(days=899), eager=True),
        }
    )
    before.write_csv(folder / "before.csv")
    now = before.with_columns(
        wall=pl.when(pl.int_range(pl.len()) < 450).then("wall").otherwise(pl.lit("wood")),
        sold=pl.col("sold").dt.offset_by("3y"),
    )
    now.write_parquet(folder / "now.parquet")


def test_compare_says_the_same_on_the_terminal_in_json_html_and_junit(tmp_path: Path) -> None:
    tables(tmp_path)
    given = ("before.csv", "now.parquet", "--time", "sold", "--html", "r.html", "--junit", "r.xml")
    told = holdtrue(tmp_path, "monitor", "compare", *given)
    assert told.code == 1, told.err
    lines = told.out.splitlines()
    assert lines[-1] == "1 of 3 columns changed: wall"
    row = next(line for line in lines if line.startswith("wall"))
    assert "changed" in row and "█" in row and '"wood": 67%, was 33%' in row
    assert 'wall: share of "wood"' in told.out and "since" in told.out
    assert "beds" not in told.out.split("wall", 1)[1].splitlines()[0]
    page = (tmp_path / "r.html").read_text()
    assert (
        "1 of 3 columns changed: wall" in page and "<polyline" in page and "http" not in page.replace("http-equiv", "")
    )
    suite = ElementTree.parse(tmp_path / "r.xml").getroot()
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("holdtrue monitor compare", "3", "1")
    failed = suite.find(".//testcase[@name='wall']/failure")
    assert failed is not None and failed.get("type") == "changed"
    value = holdtrue(tmp_path, "monitor", "compare", "before.csv", "now.parquet", "--json").value
    assert value["changed"] == ["wall"] and value["columns"][0]["moved"] > 0.3


def test_compare_ends_well_where_nothing_changed_and_shows_all_if_asked(tmp_path: Path) -> None:
    tables(tmp_path)
    told = holdtrue(tmp_path, "monitor", "compare", "before.csv", "before.csv", "--all")
    assert told.code == 0 and told.out.splitlines()[-1] == "No column changed"
    assert all(f"\n{name}" in told.out for name in ("beds", "wall", "sold"))
    assert not (tmp_path / ".holdtrue").exists()


def test_compare_writes_no_report_over_a_table_and_tells_what_it_cannot_read(tmp_path: Path) -> None:
    tables(tmp_path)
    over = holdtrue(tmp_path, "monitor", "compare", "before.csv", "now.parquet", "--html", "before.csv")
    assert over.code == 2 and "writing there would lose it" in over.err
    gone = holdtrue(tmp_path, "monitor", "compare", "before.csv", "none.csv", "--junit", "r.xml", "--html", "r.html")
    assert gone.code == 2 and "no such file: none.csv" in gone.err
    assert "no such file: none.csv" in (tmp_path / "r.xml").read_text()
    assert "no such file: none.csv" in (tmp_path / "r.html").read_text()
    odd = holdtrue(tmp_path, "monitor", "compare", "before.csv", "now.parquet", "--time", "wall")
    assert odd.code == 2 and "has no column wall of days or times" in odd.err
    season = holdtrue(tmp_path, "monitor", "compare", "before.csv", "now.parquet", "--time", "sold", "--season", "moon")
    assert season.code == 2 and '"moon" is no season' in season.err


def test_a_log_and_the_table_it_came_of_say_the_same_when_watched_once_more(project: Path) -> None:
    never = holdtrue(project, "monitor", "replay")
    assert never.code == 2 and "house-price/production was never watched" in never.err
    rows = pl.read_parquet(project / "live" / "1996.parquet").sort("sdate", maintain_order=True).drop("price")
    rows.write_parquet(project / "live" / "rows.parquet")
    assert holdtrue(project, "predict", "production", "live/rows.parquet", "-o", "prices.csv").code == 0
    assert holdtrue(project, "loop", "--once").code == 0
    recorded = holdtrue(project, "alarms", "--all", "--json").value
    assert any(alarm["quantity"] == "wall" for alarm in recorded)

    before = files_of(project)
    log = holdtrue(project, "monitor", "replay", "house-price", "--html", "log.html")
    assert log.code == 0, log.out
    assert f"the same to the bit: {len(recorded)} alarms, and the detectors stand where they stood" in log.out
    later = holdtrue(project, "monitor", "replay", "--from", "1996-07-01", "--json")
    assert {alarm["quantity"] for alarm in later.value["alarms"]} <= {alarm["quantity"] for alarm in recorded}
    assert all(alarm["time"] >= 836_179_200_000_000 for alarm in later.value["alarms"])

    table = holdtrue(project, "monitor", "replay", "live/rows.parquet", "--html", "table.html")
    assert table.code == 1
    told = {
        alarm["data"]["message"] for alarm in recorded if alarm["group"] in ("inputs", "predictions", "attributions")
    }
    assert all(f"alarm: {message}" in table.out for message in told)
    assert "as if answered by house-price:v1" in table.out and "0 labels" in table.out
    assert "wall: share of" in (project / "table.html").read_text()
    assert "The same to the bit" in (project / "log.html").read_text()
    labelled = holdtrue(project, "monitor", "replay", "live/1996.parquet", "--label-delay", "0", "--json")
    assert labelled.value["labelled"] == labelled.value["answered"] > 4000
    assert "signed error" in {alarm["quantity"] for alarm in labelled.value["alarms"]}
    assert files_of(project) == before  # nothing of all this was recorded
    wrong = holdtrue(project, "monitor", "replay", "live/rows.parquet", "--from", "1996-07-01")
    assert wrong.code == 2 and "of a table, cut the table" in wrong.err
    assert "stated: at most 1 false alarm in 100,000 rows or 30 days" in table.out
    rows.head(0).write_parquet(project / "live" / "none.parquet")
    none = holdtrue(project, "monitor", "replay", "live/none.parquet")
    assert none.code == 2 and "live/none.parquet: no rows" in none.err
    folder = holdtrue(project, "monitor", "replay", ".")
    assert folder.code == 2 and ". is a folder" in folder.err


def files_of(project: Path) -> dict[str, bytes]:
    """Return what the log and the catalog hold."""
    log = {str(path): path.read_bytes() for path in (project / ".holdtrue" / "log").rglob("*.log")}
    events = holdtrue(project, "events", "--json").out.encode()
    return log | {"events": events, "alarms": holdtrue(project, "alarms", "--all", "--json").out.encode()}
