"""Settings: defaults, the file, the environment over it, and what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.foundation import ManualClock, ProjectNotFound, WrongUse
from holdtrue.monitors import WEIGHTS
from holdtrue.workspace import Archive, Settings, Workspace, open_archive, read_settings


def written(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text)
    return folder


def test_a_project_may_have_none(tmp_path: Path) -> None:
    assert read_settings(tmp_path, {}) == Settings()
    assert read_settings(written(tmp_path, "[project]\nname = 'x'\n"), {}) == Settings()


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    written(tmp_path, '[tool.holdtrue]\nport = 8800\nhost = "0.0.0.0"\nfalse_alarms = "1 per 5000 rows"\n')
    found = read_settings(tmp_path, {"HOLDTRUE_PORT": "8801", "HOLDTRUE_TOLERANCE": "0.1", "PORT": "1"})
    assert found == Settings(port=8801, host="0.0.0.0", false_alarms="1 per 5000 rows", tolerance=0.1)


@given(st.integers(0, 65535), st.floats(100, 1e12), st.floats(0, 1))
def test_numbers_are_read_as_they_are_written(port: int, rows: float, tolerance: float) -> None:
    environ = {
        "HOLDTRUE_PORT": str(port),
        "HOLDTRUE_FALSE_ALARMS": f"1 per {rows!r} rows",
        "HOLDTRUE_TOLERANCE": repr(tolerance),
    }
    found = read_settings(Path("/nonexistent"), environ)
    assert (found.port, found.rate.rows, found.tolerance) == (port, rows, tolerance)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("prot = 1", 'unknown setting "prot"', "port"),
        ("nothing_like_it = 1", "unknown setting", "known: store"),
        ('port = "abc"', "port is 'abc', which is not a whole number", "pyproject.toml"),
        ("port = 1.5", "port is 1.5", "pyproject.toml"),
        ("port = 65536", "65536", "port"),
        ("store = 3", "store is 3, which is not text", "pyproject.toml"),
        ('tolerance = "much"', "which is not a number", "pyproject.toml"),
        ("tolerance = 1.5", "tolerance 1.5", "tolerance"),
        ("tolerance = nan", "tolerance nan", "tolerance"),
        ('durability = "often"', "not one of none, batch, sync", "pyproject.toml"),
        ('engine = "ray"', "not one of local", "pyproject.toml"),
        ('false_alarms = "1 per 99 rows"', "1 per 99 rows", "1 per 100 rows"),
        ('false_alarms = "never"', "'never' is no rate", "1 per 30 days"),
        ("weights = {inputs = 0}", "weight of inputs is 0", "above 0"),
        ("weights = 3", "not a table of groups", "pyproject.toml"),
        ("price_per_gb_month = -1", "-1", "0 or more"),
        ('store = ""', "store is empty", "pyproject.toml"),
        ('catalog = " "', "catalog is empty", "pyproject.toml"),
        ('log = ""', "log is empty", "pyproject.toml"),
        ('store = "."', "holds the project itself", "folder of its own"),
        ('store = "file:///"', "holds the project itself", "folder of its own"),
        ('log = ".."', "holds the project itself", "folder of its own"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, text: str, message: str, hint: str) -> None:
    with pytest.raises(WrongUse) as refused:
        read_settings(written(tmp_path, f"[tool.holdtrue]\n{text}\n"), {})
    assert message in refused.value.message and hint in refused.value.hint


@pytest.mark.parametrize("text", ["[tool.holdtrue", "tool = 3", "[tool]\nholdtrue = 3", "\xff"])
def test_a_file_that_is_no_table_of_settings(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(WrongUse, match=r"pyproject\.toml"):
        read_settings(tmp_path, {})


def test_an_empty_variable_is_no_setting(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="store is empty") as refused:
        read_settings(tmp_path, {"HOLDTRUE_STORE": ""})
    assert "HOLDTRUE_STORE" in refused.value.hint


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, root = tmp_path / "home", tmp_path / "project"
    monkeypatch.setenv("HOME", str(home))
    for catalog in ("~/c.sqlite", "sqlite:///~/c.sqlite"):
        settings = read_settings(
            root, {"HOLDTRUE_STORE": "~/bytes", "HOLDTRUE_LOG": "~/log", "HOLDTRUE_CATALOG": catalog}
        )
        assert settings.store_at(root) == f"{home}/bytes"
        assert settings.catalog_at(root) == f"{home}/c.sqlite"
        assert settings.log_at(root) == home / "log"
        assert {home / "bytes", home / "c.sqlite", home / "c.sqlite-wal"} <= set(settings.kept_at(root))


def test_a_catalog_may_be_given_as_a_path(tmp_path: Path) -> None:
    assert Settings(catalog="c.sqlite").catalog_at(tmp_path) == str(tmp_path / "c.sqlite")
    assert Settings(catalog="sqlite:////a/c.sqlite").catalog_at(tmp_path) == "/a/c.sqlite"
    assert Settings(catalog="postgresql://h/d").catalog_at(tmp_path) == "postgresql://h/d"
    assert Settings(store="file:///a%20b/s").kept_at(tmp_path)[0] == Path("/a b/s")


def test_a_slip_in_a_variable_is_told_and_others_are_left_alone(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="HOLDTRUE_FALSE_ALARM_ROW"):
        read_settings(tmp_path, {"HOLDTRUE_FALSE_ALARM_ROW": "1000"})
    assert read_settings(tmp_path, {"HOLDTRUE_USER": "anna", "HOLDTRUE_DEBUG": "1"}) == Settings()


def test_a_project_is_found_from_any_folder_in_it(tmp_path: Path) -> None:
    root = tmp_path / "houses"
    deep = root / "notebooks" / "old"
    deep.mkdir(parents=True)
    with pytest.raises(ProjectNotFound, match=str(deep)):
        open_archive(deep, environ={})
    (root / "model.py").touch()
    (root / "pyproject.toml").write_text("[tool.holdtrue]\nport = 1\nlog = 'elsewhere'\n")
    found = open_archive(deep, environ={})
    assert (found.root, found.settings.port, found.log) == (root, 1, root / "elsewhere")
    assert not (root / ".holdtrue").exists()  # nothing is made before it is used


def test_places_are_relative_to_the_project_unless_they_are_whole(tmp_path: Path) -> None:
    root, other = tmp_path / "a", tmp_path / "b"
    root.mkdir()
    (root / "model.py").touch()
    (root / "pyproject.toml").write_text(
        f"[tool.holdtrue]\nstore = '{other}/bytes'\ncatalog = 'sqlite:///{other}/records.sqlite'\n"
    )
    archive = open_archive(root, environ={})
    archive.store.put_object("note", b"x")
    archive.store.commit()
    archive.catalog.close()
    assert (other / "bytes").is_dir() and (other / "records.sqlite").is_file()
    relative = open_archive(root, environ={"HOLDTRUE_STORE": "kept", "HOLDTRUE_CATALOG": "sqlite:///kept/c.sqlite"})
    relative.store.put_object("note", b"x")
    relative.store.commit()
    relative.catalog.close()
    assert (root / "kept" / "c.sqlite").is_file() and len(list((root / "kept").iterdir())) > 1


def test_who_works_here() -> None:
    def person(**environ: str) -> str:
        return Archive(Path(), Settings(), environ, ManualClock(0)).person

    assert person(USER="anna") == "person:anna"
    assert person(USER="root", HOLDTRUE_USER="berta") == "person:berta"
    assert person() == "person"


def test_weights_of_groups_are_read_and_unknown_groups_named(tmp_path: Path) -> None:
    found = read_settings(written(tmp_path, "[tool.holdtrue]\nweights = {inputs = 0.5, errors = 1}\n"), {})
    assert found.weights == {"inputs": 0.5, "errors": 1.0}
    assert read_settings(tmp_path, {"HOLDTRUE_WEIGHTS": "inputs=2, tests=0.5"}).weights == {"inputs": 2.0, "tests": 0.5}
    settings = Workspace(tmp_path, found, {}, ManualClock(0)).watch_settings
    assert settings.weights == WEIGHTS | {"inputs": 0.5, "errors": 1.0}
    assert (settings.false_alarm_rows, settings.false_alarm_days) == (100_000, 30)
    with pytest.raises(WrongUse, match="imputs, which is no group") as refused:
        read_settings(tmp_path, {"HOLDTRUE_WEIGHTS": "imputs=2"})
    assert "inputs, pairs" in refused.value.hint


def test_limits_of_the_service_are_read_and_unknown_figures_named(tmp_path: Path) -> None:
    found = read_settings(written(tmp_path, "[tool.holdtrue]\nlimits = {latency = 50, failures = 0.5}\n"), {})
    assert Workspace(tmp_path, found, {}, ManualClock(0)).watch_settings.limits == {"latency": 50.0, "failures": 0.5}
    assert read_settings(tmp_path, {"HOLDTRUE_LIMITS": "latency_p95=100"}).limits == {"latency_p95": 100.0}
    with pytest.raises(WrongUse, match="limits names lateness, which is no figure of the service"):
        read_settings(tmp_path, {"HOLDTRUE_LIMITS": "lateness=2"})
    with pytest.raises(WrongUse, match="the limit of latency is 0"):
        read_settings(tmp_path, {"HOLDTRUE_LIMITS": "latency=0"})
    with pytest.raises(WrongUse, match="not a table of figures and numbers"):
        read_settings(tmp_path, {"HOLDTRUE_LIMITS": "latency"})
