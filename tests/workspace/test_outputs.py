"""Reports and answers in the project's folder: outputs as long as they are as written."""

from __future__ import annotations

import os
from pathlib import Path

from holdtrue.workspace import note_outputs
from holdtrue.workspace.outputs import outputs_in


def test_what_was_noted_is_an_output_until_someone_changes_it(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "reports").mkdir(parents=True)
    report, other, outside = root / "reports" / "r.html", root / "näme\n.xml", tmp_path / "out.xml"
    for file in (report, other, outside):
        file.write_text("<x/>")
    assert outputs_in(root) == ()
    note_outputs(root, [report, None, outside, root / "absent.xml"])
    note_outputs(root, [other])
    assert outputs_in(root) == (other, report)
    report.write_text("<y/>")
    os.utime(report, ns=(1, 1))
    assert outputs_in(root) == (other,)
    note_outputs(root, [report])
    other.unlink()
    assert outputs_in(root) == (report,)
    with (root / ".holdtrue" / "outputs").open("ab") as notes:
        notes.write(b'{"path": "model.py", "si')  # torn
    assert outputs_in(root) == (report,)


def test_paths_are_told_by_where_they_lead(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    root = tmp_path / "project"
    (root / "sub").mkdir(parents=True)
    (root / "r.xml").write_text("")
    monkeypatch.chdir(root / "sub")
    note_outputs(root, [Path("../r.xml")])
    assert outputs_in(root) == (root / "r.xml",)


def test_where_nothing_can_be_noted_nothing_is_raised(tmp_path: Path) -> None:
    (tmp_path / ".holdtrue").write_text("a file")
    (tmp_path / "r.xml").write_text("")
    note_outputs(tmp_path, [tmp_path / "r.xml"])
    assert outputs_in(tmp_path) == ()
