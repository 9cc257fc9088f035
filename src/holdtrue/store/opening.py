"""The door: an address in, a store out."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import unquote, urlsplit

from holdtrue.foundation import WrongUse
from holdtrue.store.local import LocalStore, check_format
from holdtrue.store.protocol import Store

_GROUP = "holdtrue.stores"


def open_store(url: str | Path) -> Store:
    """Open the store at an address: a path or `file://` address of a folder, or what a plug-in knows.

    A folder that is not there is an empty store and made at the first put. Plug-ins name a scheme in the entry-point
    group `holdtrue.stores`: a function from the address to a `Store`.

    Raises:
        WrongUse: no one knows the scheme.
        EnvironmentFailed: a later release of holdtrue wrote the store.
    """
    address = str(url)
    scheme = urlsplit(address).scheme if "://" in address else ""
    if scheme in ("", "file"):
        folder = Path(address) if not scheme else _folder_of(address)
        check_format(folder)
        return LocalStore(folder.absolute())
    for plugin in entry_points(group=_GROUP, name=scheme):
        store: Store = plugin.load()(address)
        return store
    raise WrongUse(
        f"no store is known for {scheme}:// addresses", hint="use a folder's path, or install a plug-in for it"
    )


def _folder_of(address: str) -> Path:
    parts = urlsplit(address)
    if parts.netloc not in ("", "localhost"):
        raise WrongUse(
            f"{address} names another machine", hint="a folder's address has three slashes: file:///data/store"
        )
    return Path(unquote(parts.path))
