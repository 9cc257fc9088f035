"""From a table to a trained model, and a contract out and in, as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
from commanding import holdtrue


def flats(folder: Path) -> Path:
    draw = np.random.default_rng(0)
    size = draw.integers(15, 140, 400)
    area = draw.choice(["centre", "north"], 400)
    rent = 9.0 * size + 150 * (area == "centre") + draw.normal(0, 60, 400)
    table = {"size (m²)": ["?" if place == 9 else str(each) for place, each in enumerate(size)], "area": area}
    pl.DataFrame({**table, "rent": rent.round(2)}).write_csv(folder / "flats.csv")
    return folder / "flats.csv"


def test_a_table_becomes_a_project_that_trains_and_whose_contract_goes_out_and_comes_in(tmp_path: Path) -> None:
    flats(tmp_path)
    told = holdtrue(tmp_path, "init", "rents", "--data", "flats.csv", "--target", "rent")
    assert told.code == 0, told.err
    assert "regression: rent is a number" in told.out
    assert "the data stays where it is, and is read from there: ../flats.csv" in told.out
    rents = tmp_path / "rents"
    assert 'missing=["?"]' in (rents / "model.py").read_text()
    ran = holdtrue(rents, "run")
    assert ran.code == 0, ran.err
    assert "registered rent:v1" in ran.out
    out = holdtrue(rents, "data", "export", "--out", "row.json")
    assert (out.code, out.out.splitlines()[0]) == (0, "the contract of rent as json-schema, written to row.json")
    assert "not in it as a test: tests of whole tables" in out.out
    printed = holdtrue(rents, "data", "export")
    assert json.loads(printed.out) == json.loads((rents / "row.json").read_text("utf-8"))
    assert "not in it as a test: tests of whole tables" in printed.err
    back = holdtrue(rents, "data", "import", "row.json", "--name", "Flat")
    assert "class Flat(ht.Contract):" in back.out
    assert 'column="size (m²)"' in back.out
    assert holdtrue(rents, "data", "import", "row.json", "--json").value["names"] == ["Flats"]


def test_calls_that_do_not_fit_together_are_told(tmp_path: Path) -> None:
    flats(tmp_path)
    for arguments, said in (
        (("--data", "flats.csv"), "--data needs --target"),
        (("--target", "rent"), "--target, --time and --key are of a table"),
        (("--data", "flats.csv", "--target", "rent", "--template", "blank"), "two ways to begin"),
        (("--data", "flats.csv", "--target", "Rent"), "did you mean rent?"),
        (("--data", "flats.csv", "--target", "area"), "the target area holds 2 texts"),
    ):
        told = holdtrue(tmp_path, "init", "rents", *arguments)
        assert (told.code, "Traceback" in told.err) == (2, False)
        assert said in told.err
    assert not (tmp_path / "rents").exists()
