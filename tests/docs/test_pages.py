"""The pages are held to what they say: links lead somewhere, indexes are complete, the README's project runs."""

import re
from pathlib import Path

import pytest

import holdtrue as ht
from holdtrue.pipeline import RunRequest, travel
from holdtrue.workspace import open_workspace, write_template

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def prose(page: Path) -> str:
    """Return a page without its code."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`]*`", "", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    missing = [
        target
        for target in LINK.findall(prose(page))
        if "://" not in target and not (page.parent / target).resolve().exists()
    ]
    assert missing == []


def test_every_page_is_in_the_index():
    listed = set(LINK.findall((ROOT / "docs" / "README.md").read_text("utf-8")))
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages <= listed


def test_every_decision_is_in_its_index_and_numbered_once():
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text("utf-8")))
    pages = {page.name for page in folder.glob("0*.md")}
    assert pages == listed
    assert len({name[:4] for name in pages}) == len(pages)


def test_the_reference_lists_every_public_name():
    text = (ROOT / "docs" / "reference.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert listed == set(ht.__all__)


def test_the_readmes_project_runs(tmp_path):
    found = re.search(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found is not None
    folder = tmp_path / "houses"
    write_template("houses", folder)
    (folder / "model.py").write_text(found.group(1))
    report = travel(RunRequest(why="the README's project"), open_workspace(folder, environ={}).ground)
    assert report.status == "registered"
    assert report.gate is not None
    assert report.gate.passed, report.gate.failed
