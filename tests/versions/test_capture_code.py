"""Which files are code, with git and without, and what is never captured."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from holdtrue.foundation import EnvironmentFailed, StoreDamaged, UnknownReference, WrongUse
from holdtrue.project import FilesSource
from holdtrue.store import Store
from holdtrue.versions import (
    CodeManifest,
    DataManifest,
    FirstSeen,
    capture_code,
    get_manifest,
    kind_of,
    materialise_code,
)

Write = Callable[..., Path]
Git = Callable[..., str]


def captured(store: Store, root: Path, sources: tuple[FilesSource, ...] = ()) -> list[str]:
    code = capture_code(root, store, at=1, sources=sources)
    return [entry.path for entry in get_manifest(store, code, CodeManifest).files]


def test_without_git_all_is_code_that_no_pattern_leaves_out(store: Store, root: Path, write: Write) -> None:
    write(
        {
            "model.py": "x = 1\n",
            "features/ages.py": "",
            "notes/a.txt": "",
            "notes/keep.txt": "",
            "scratch/x.py": "",
            ".holdtrueignore": "notes/*\n!notes/keep.txt\n/scratch/\n",
            "features/.holdtrueignore": "old.py\n",
            "features/old.py": "",
            "old.py": "",
            "__pycache__/model.pyc": b"\0",
            ".holdtrue/store/x": b"\0",
        }
    )
    assert captured(store, root) == [
        ".holdtrueignore",
        "features/.holdtrueignore",
        "features/ages.py",
        "model.py",
        "notes/keep.txt",
        "old.py",
    ]


def test_with_git_what_it_does_not_ignore_is_code(store: Store, root: Path, write: Write, git: Git) -> None:
    write({"model.py": "x = 1\n", "gone.py": "", "out.csv": "a", ".gitignore": "*.csv\n"})
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    commit = git("rev-parse", "HEAD").strip()
    clean = get_manifest(store, capture_code(root, store, at=1), CodeManifest)
    assert (clean.commit, clean.dirty, clean.root) == (commit, False, ".")
    write({"model.py": "x = 2\n", "new.py": "", "näme.py": ""})
    (root / "gone.py").unlink()
    changed = get_manifest(store, capture_code(root, store, at=2), CodeManifest)
    assert (changed.commit, changed.dirty) == (commit, True)
    assert [entry.path for entry in changed.files] == [".gitignore", "model.py", "new.py", "näme.py"]
    content = b"".join(store.read_blob(changed.files[1].blob))
    assert content == b"x = 2\n"


def test_a_project_within_a_repository_is_captured_alone(store: Store, root: Path, write: Write, git: Git) -> None:
    write({"models/house/model.py": "", "models/house/sub/x.py": "", "other.py": ""})
    git("init")
    manifest = get_manifest(store, capture_code(root / "models/house", store, at=1), CodeManifest)
    assert (manifest.root, manifest.commit, manifest.dirty) == ("models/house", "", True)
    assert [entry.path for entry in manifest.files] == ["model.py", "sub/x.py"]


def test_a_project_that_its_repository_ignores_is_captured_as_without_git(
    store: Store, root: Path, write: Write, git: Git
) -> None:
    write({".gitignore": "/demo/\n", "demo/model.py": "", "demo/.holdtrueignore": "x.py", "demo/x.py": ""})
    git("init")
    assert captured(store, root / "demo") == [".holdtrueignore", "model.py"]


def test_a_repository_within_the_repository_is_captured_too(store: Store, root: Path, write: Write, git: Git) -> None:
    write({"model.py": "", "lib/tool.py": "", "lib/x.csv": "", "lib/.gitignore": "*.csv"})
    git("init")
    git("init", cwd=root / "lib")
    assert captured(store, root) == ["lib/.gitignore", "lib/tool.py", "model.py"]


def test_the_ignore_file_counts_with_git_too(store: Store, root: Path, write: Write, git: Git) -> None:
    write({"model.py": "", "big/x.bin": "", ".holdtrueignore": "big/\n"})
    git("init")
    git("add", ".")
    assert captured(store, root) == [".holdtrueignore", "model.py"]


def test_a_repository_git_cannot_read_is_an_error(store: Store, root: Path, write: Write) -> None:
    write({"model.py": "", ".git": "gitdir: /nowhere/at/all\n"})
    with pytest.raises(EnvironmentFailed, match="git cannot read the repository"):
        capture_code(root, store, at=1)


def test_settings_of_git_in_the_environment_lead_nowhere_else(
    store: Store, root: Path, write: Write, git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write({"model.py": ""})
    git("init")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert captured(store, root) == ["model.py"]


@pytest.mark.parametrize("with_git", [False, True])
def test_secrets_by_name_environments_and_sources_are_never_code(
    store: Store, root: Path, write: Write, git: Git, with_git: bool
) -> None:
    write(
        {
            "model.py": "",
            ".env": "A=1",
            "deploy/.env.local": "",
            "server.pem": "",
            "id_ed25519": "",
            "id_ed25519.pub": "",
            ".venv/lib/x.py": "",
            "my-environment/pyvenv.cfg": "",
            "my-environment/lib/x.py": "",
            "data/sales/a.csv": "a\n1\n",
            "data/readme.md": "",
        }
    )
    if with_git:
        git("init")
    sales = FilesSource(pattern="data/sales/*.csv", name="sales")
    absent = FilesSource(pattern="none/*.csv", name="none")
    assert captured(store, root, (sales, absent)) == ["data/readme.md", "id_ed25519.pub", "model.py"]


def test_a_file_over_50_mb_stops_with_its_name(store: Store, root: Path, write: Write) -> None:
    write({"model.py": ""})
    with (root / "weights.bin").open("wb") as file:
        file.truncate(51 * 1024 * 1024)
    with pytest.raises(WrongUse, match=r"weights.bin has 51 MB") as caught:
        capture_code(root, store, at=1)
    assert ".holdtrueignore" in caught.value.hint


def test_a_likely_secret_stops_with_file_and_line_and_is_not_shown(store: Store, root: Path, write: Write) -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    write({"model.py": f"import os\nkey = '{key}'\n"})
    with pytest.raises(WrongUse, match=r"model.py:2 looks like it holds an AWS access key") as caught:
        capture_code(root, store, at=1)
    assert key not in str(caught.value)
    write({"model.py": f"import os\nkey = '{key}'  # holdtrue: not-a-secret\n"})
    assert captured(store, root) == ["model.py"]


def test_links_are_kept_inside_and_refused_outside(store: Store, root: Path, write: Write, tmp_path: Path) -> None:
    write({"model.py": "", "lib/tool.py": "y = 1\n"})
    write({"far/x.csv": "a\n1\n", "one.py": "z = 1\n"}, tmp_path)
    (root / "alias").symlink_to("lib")
    (root / "one.py").symlink_to(tmp_path / "one.py")
    (root / "broken.py").symlink_to("nowhere.py")
    folder = materialise_code(store, capture_code(root, store, at=1), tmp_path / "cache")
    assert (folder / "alias/tool.py").read_text() == "y = 1\n"
    assert (folder / "alias").is_symlink()
    assert not (folder / "one.py").is_symlink()
    assert (folder / "one.py").read_text() == "z = 1\n"
    assert materialise_code(store, folder.name, tmp_path / "cache") == folder
    (root / "data").symlink_to(tmp_path / "far")
    with pytest.raises(WrongUse, match="data is a link to a folder outside the project"):
        capture_code(root, store, at=1)
    far = FilesSource(pattern="data/*.csv", name="far")
    assert "data" not in captured(store, root, (far,))


def test_a_link_that_leads_to_itself_is_named(store: Store, root: Path, write: Write) -> None:
    write({"model.py": ""})
    (root / "round").symlink_to("round")
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("one")
    with pytest.raises(WrongUse, match=r"one is a link that leads to itself; round is a link.*; two is a link"):
        capture_code(root, store, at=1)


@pytest.mark.parametrize("with_git", [False, True])
def test_what_holdtrue_keeps_is_never_code(
    store: Store, root: Path, write: Write, git: Git, tmp_path: Path, with_git: bool
) -> None:
    write(
        {
            "model.py": "",
            "bytes/packs/a.pack": "x",
            "records/index.db": "x",
            "records/index.db-wal": "x",
            "records/notes.md": "",
            "old/model.py": "",
            "old/holdtrue-version/manifest.json": "{}",
            "holdtrue-version/requirements.txt": "",
            "features/__init__.py": "",
        }
    )
    write({"elsewhere/x": ""}, tmp_path)
    (root / ".holdtrue").symlink_to(tmp_path / "elsewhere")
    (root / "linked-store").symlink_to(tmp_path / "elsewhere")
    if with_git:
        git("init")
    own = [root / "bytes", root / "records/index.db", root / "records/index.db-wal", tmp_path / "elsewhere"]
    code = capture_code(root, store, at=1, leave_out=own)
    paths = [entry.path for entry in get_manifest(store, code, CodeManifest).files]
    assert paths == ["features/__init__.py", "model.py", "records/notes.md"]


def test_without_git_and_an_ignore_file_logs_are_left_out(store: Store, root: Path, write: Write) -> None:
    write({"model.py": "", "train.log": "", "deep/x.log": "", "model.py~": ""})
    assert captured(store, root) == ["model.py"]
    write({".holdtrueignore": "*~\n"})
    assert captured(store, root) == [".holdtrueignore", "deep/x.log", "model.py", "train.log"]


def test_nothing_to_capture_is_said(store: Store, root: Path) -> None:
    with pytest.raises(WrongUse, match="no code to capture"):
        capture_code(root, store, at=1)


def test_equal_code_has_one_id_and_its_first_time(store: Store, root: Path, write: Write) -> None:
    write({"model.py": "x = 1\n"})
    first = capture_code(root, store, at=10)
    assert capture_code(root, store, at=20) == first
    notes = [get_manifest(store, note, FirstSeen) for note in store.objects("first-seen")]
    store.commit()
    notes = [get_manifest(store, note, FirstSeen) for note in store.objects("first-seen")]
    assert [(note.subject, note.at) for note in notes] == [(first, 10)]
    (root / "model.py").chmod(0o755)
    assert capture_code(root, store, at=30) != first


def test_manifests_know_their_kind(store: Store, root: Path, write: Write) -> None:
    write({"model.py": ""})
    code = capture_code(root, store, at=1)
    assert kind_of(store, code) == "code"
    with pytest.raises(UnknownReference, match="is a manifest of code, not of data"):
        get_manifest(store, code, DataManifest)
    other = store.put_object("code", b"{}")
    with pytest.raises(StoreDamaged, match="is no manifest"):
        get_manifest(store, other, CodeManifest)
    later = store.put_object("code", b'{"manifest":"code","format":99}')
    with pytest.raises(EnvironmentFailed, match="format 99"):
        get_manifest(store, later, CodeManifest)


def test_materialised_code_is_made_once_and_mended(store: Store, root: Path, write: Write, tmp_path: Path) -> None:
    write({"model.py": "x = 1\n", "run.sh": "#!/bin/sh\n", "a/b.py": ""})
    (root / "run.sh").chmod(0o755)
    code = capture_code(root, store, at=1)
    cache = tmp_path / "cache"
    folder = materialise_code(store, code, cache)
    assert os.access(folder / "run.sh", os.X_OK)
    inode = folder.stat().st_ino
    (folder / "__pycache__").mkdir()
    assert materialise_code(store, code, cache).stat().st_ino == inode
    spoil: list[Callable[[], object]] = [
        lambda: ((folder / "model.py").chmod(0o644), (folder / "model.py").write_text("x = 2\n")),
        lambda: (folder / "a/b.py").unlink(),
        lambda: (folder / "sitecustomize.py").write_text("evil = 1\n"),
    ]
    for change in spoil:
        change()
        assert materialise_code(store, code, cache) == folder
        assert (folder / "model.py").read_text() == "x = 1\n"
        assert (folder / "a/b.py").exists()
        assert not (folder / "sitecustomize.py").exists()
    assert [path.name for path in cache.iterdir()] == [code]


def test_several_may_write_the_cache_at_once(store: Store, root: Path, write: Write, tmp_path: Path) -> None:
    write({f"m{number}.py": f"x = {number}\n" for number in range(30)})
    code = capture_code(root, store, at=1)
    for spoilt in (False, True):
        if spoilt:
            (tmp_path / "cache" / code / "m7.py").unlink()
        barrier = threading.Barrier(6)
        found: list[str] = []

        def run(barrier: threading.Barrier = barrier, found: list[str] = found) -> None:
            barrier.wait()
            found.append((materialise_code(store, code, tmp_path / "cache") / "m7.py").read_text())

        threads = [threading.Thread(target=run) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == ["x = 7\n"] * 6
        assert [path.name for path in (tmp_path / "cache").iterdir()] == [code]


def test_a_path_that_leads_out_of_its_folder_is_never_written(store: Store, tmp_path: Path) -> None:
    blob = store.put_blob(b"evil")
    for path in ("../evil.py", "/evil.py", "a/../../evil.py"):
        text = (
            f'{{"manifest":"code","format":1,"files":[{{"path":"{path}","blob":'
            f'{{"id":"{blob.id}","size":4,"chunks":["{blob.chunks[0]}"]}}}}]}}'
        )
        code = store.put_object("code", text.encode())
        with pytest.raises(StoreDamaged, match="leads out of its folder"):
            materialise_code(store, code, tmp_path / "cache")
    assert not list(tmp_path.rglob("evil.py"))
