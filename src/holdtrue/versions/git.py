"""What git knows of a folder, asked of the `git` program by a list of arguments, never through a shell."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from msgspec import Struct

from holdtrue.foundation import EnvironmentFailed


class GitState(Struct, frozen=True, kw_only=True):
    """A folder as git sees it.

    Attributes:
        commit: the commit checked out, empty before the first.
        root: the folder's path within the repository, `.` at its top.
        files: paths from the folder, with `/`, of all files that git does not ignore; a folder that is a repository
            of its own ends in `/`.
        tracked: those that git has, and folders that are submodules.
        changed: those that differ from the commit, or are gone; all, where there is no commit.
    """

    commit: str
    root: str
    files: tuple[str, ...]
    tracked: frozenset[str]
    changed: frozenset[str]


def read_git(folder: Path) -> GitState | None:
    """Return the git state of a folder, or None if it belongs to no repository (or is ignored as a whole by one).

    Raises:
        EnvironmentFailed: there is a repository, and git is not installed or refuses to read it.
    """
    if not any((above / ".git").exists() for above in (folder, *folder.parents)):
        return None
    inside = _git(folder, "rev-parse", "--is-inside-work-tree", codes=(0, 128))
    if inside.returncode == 128:
        text = inside.stderr.decode(errors="replace").strip().splitlines()
        raise EnvironmentFailed(f"git cannot read the repository of {folder}: {text[0] if text else 'no reason given'}")
    if inside.stdout.strip() != b"true":
        return None
    if _git(folder, "check-ignore", "-q", str(folder), codes=(0, 1, 128)).returncode == 0:
        return None
    tracked = _paths(_git(folder, "ls-files", "-z", "--cached"))
    others = _paths(_git(folder, "ls-files", "-z", "--others", "--exclude-standard"))
    head = _git(folder, "rev-parse", "--verify", "-q", "HEAD", codes=(0, 1))
    prefix = os.fsdecode(_git(folder, "rev-parse", "--show-prefix").stdout).strip("\n").rstrip("/")
    changed = tracked
    if head.returncode == 0:
        changed = _paths(_git(folder, "diff", "--no-ext-diff", "--name-only", "-z", "--relative", "HEAD", "--", "."))
    return GitState(
        commit=head.stdout.decode().strip(),
        root=prefix or ".",
        files=tuple(sorted(tracked | others)),
        tracked=tracked,
        changed=changed,
    )


def _paths(told: subprocess.CompletedProcess[bytes]) -> frozenset[str]:
    return frozenset(os.fsdecode(path) for path in told.stdout.split(b"\0") if path)


def _git(folder: Path, *arguments: str, codes: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[bytes]:
    # Within a hook git points these at another repository; a monitor named in a repository's settings would be run.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environ |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, env=environ, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        message = f"{folder} belongs to a git repository, and the program git is not installed"
        raise EnvironmentFailed(message, hint="install git") from error
    if done.returncode not in codes:
        said = done.stderr.decode(errors="replace").strip()
        raise EnvironmentFailed(f"git {arguments[0]} failed in {folder}: {said}")
    return done
