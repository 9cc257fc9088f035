"""No Python on a page goes untried: each page with code is named with the test that runs it, or its code runs here."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from holdtrue.workspace import write_template

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FRAGMENT = "<!-- fragment -->\n"
CODE = re.compile(r"(<!-- fragment -->\n)?^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
RUN_BY = {
    "README.md": "tests/docs/test_pages.py",
    "docs/getting-started.md": "tests/docs/test_getting_started.py",
    "docs/project.md": "tests/project/test_project_pages.py",
    "docs/checks-and-gates.md": "tests/project/test_project_pages.py",
    "docs/policies.md": "tests/project/test_project_pages.py",
    "docs/contracts.md": "tests/contracts/test_page.py",
    "docs/media.md": "tests/media/test_media_page.py",
    "docs/store.md": "tests/store/test_store_page.py",
}


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_code_of_a_page_is_run_here_or_by_its_own_test(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = [code for fragment, code in CODE.findall(page.read_text("utf-8")) if not fragment]
    if name(page) in RUN_BY:
        assert blocks, f"{name(page)} has no code any more"
        test = (ROOT / RUN_BY[name(page)]).read_text("utf-8")
        assert page.stem in test, f"{RUN_BY[name(page)]} does not read {name(page)}"
        return
    if not blocks:
        return
    write_template("houses", tmp_path / "houses")
    monkeypatch.chdir(tmp_path / "houses")
    scope: dict[str, object] = {"__name__": "page"}
    for code in blocks:
        if code.startswith(">>>"):
            told: list[str] = []
            test = doctest.DocTestParser().get_doctest(code, scope, page.name, str(page), 0)
            assert doctest.DocTestRunner(verbose=False).run(test, out=told.append).failed == 0, "".join(told)
        else:
            exec(compile(code, str(page), "exec"), scope)  # noqa: S102


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_is_written_in_plain_marks(page: Path) -> None:
    """Neither the long dash nor the half-long one: a comma, a colon or a new sentence does it."""
    lines = page.read_text("utf-8").splitlines()
    assert [
        f"{name(page)}:{number}" for number, line in enumerate(lines, 1) if "\u2014" in line or "\u2013" in line
    ] == []


def test_the_map_names_pages_that_are_there() -> None:
    assert set(RUN_BY) <= {name(page) for page in PAGES}
