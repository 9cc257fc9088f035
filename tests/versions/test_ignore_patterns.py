"""Our reading of ignore patterns is git's own: shown by asking git."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdtrue.versions.ignore import is_ignored, parse_ignore
from holdtrue.versions.listing import list_code

PATHS = ("a.csv", "a/b.csv", "a/b/c.csv", "b/a.txt", "build/x.py", "c/build/y.py", "d.py", "a/d.py", "#e", "f g")
PATTERN = st.lists(
    st.sampled_from(["a", "b", "c", "*", "**", "?", "d.py", "*.csv", "*.py", "build", "[ab]", "[!a]", "b.c*"]),
    min_size=1,
    max_size=3,
).map("/".join)
LINE = st.builds(
    lambda negate, lead, body, tail: negate + lead + body + tail,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/"]),
    PATTERN,
    st.sampled_from(["", "/", "  "]),
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ignore")
    for path in PATHS:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINE, min_size=1, max_size=4))
def test_patterns_mean_what_they_mean_to_git(tree: Path, lines: list[str]) -> None:
    (tree / ".git/info/exclude").write_text("\n".join(lines) + "\n")
    command = ["git", "-C", str(tree), "ls-files", "-z", "--others", "--exclude-standard"]
    git = {
        path for path in subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0") if path
    }
    patterns = parse_ignore("\n".join(lines))
    ours = set()
    for path in PATHS:
        parts = path.split("/")
        above = ["/".join(parts[:n]) for n in range(1, len(parts))]
        if not is_ignored(path, patterns, folder=False) and not any(
            is_ignored(folder, patterns, folder=True) for folder in above
        ):
            ours.add(path)
    assert ours == git


def test_lines_that_are_no_patterns() -> None:
    assert is_ignored("a/b", parse_ignore("b\n/**"), folder=False)
    patterns = parse_ignore("# note\n\n   \n/\n!\n\\#e\nf\\ g  \n")
    assert [is_ignored(path, patterns, folder=False) for path in ("#e", "f g", "note")] == [True, True, False]


def test_a_listing_without_git_walks_as_git_would(tmp_path: Path) -> None:
    for path in ("a/x.py", "a/y.log", "b/y.log", "b/keep.log", ".gitignore", "b/.gitignore"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("")
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "b/.gitignore").write_text("!keep.log\n")
    assert list_code(tmp_path).files == (".gitignore", "a/x.py", "b/.gitignore", "b/keep.log")
