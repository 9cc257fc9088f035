"""Which files hold secrets by their name: no version keeps them, and none is read because a table names it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

# Left out without a word: nobody means them to be part of a version.
NEVER_FILES = (
    ".env",
    ".env.*",
    ".envrc",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.ppk",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    ".netrc",
    ".pgpass",
    ".pypirc",
    ".git-credentials",
    ".npmrc",
    ".s3cfg",
    ".boto",
    ".dockercfg",
    ".htpasswd",
    "credentials.json",
    "client_secret*.json",
    "service-account*.json",
    "service_account*.json",
    "secrets.json",
    "secrets.toml",
    "secrets.yaml",
    "secrets.yml",
)
VERSION_FOLDER = "holdtrue-version"  # what a checkout writes beside the files of a version
NEVER_FOLDERS = (
    VERSION_FOLDER,
    ".git",
    ".hg",
    ".svn",
    ".holdtrue",
    ".ssh",
    ".aws",
    ".gnupg",
    ".venv",
    "venv",
    "__pycache__",
    "node_modules",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    ".tox",
    ".nox",
    "*.egg-info",
)


def is_secret_file(path: str) -> bool:
    """Say whether a file (path from the root, with `/`) is never captured because of its name or folder.

    Example:
        >>> is_secret_file("deploy/.env.local"), is_secret_file("model.py")
        (True, False)
    """
    *folders, name = PurePosixPath(path).parts
    if any(is_never_folder(folder) for folder in folders):
        return True
    if name.endswith(".pub") and name.startswith("id_"):
        return False
    return any(fnmatchcase(name, never) for never in NEVER_FILES)


def is_never_folder(name: str) -> bool:
    """Say whether a folder of this name is never captured."""
    return any(fnmatchcase(name, never) for never in NEVER_FOLDERS)
