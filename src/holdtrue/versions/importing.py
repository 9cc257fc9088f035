"""A version's own code as modules under names private to it, so that several versions live in one process."""

from __future__ import annotations

import builtins
import importlib
import re
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from importlib import machinery
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from holdtrue.foundation import HoldtrueError, ProjectBroken
from holdtrue.versions.fingerprint import syntax_message
from holdtrue.versions.modules import is_own, own_roots

_PREFIX = "holdtrue_code_"
_lock = threading.RLock()


def import_captured(folder: Path, code_id: str, entry: str = "model.py") -> ModuleType:
    """Import a module of a code version's folder under a private name; its own imports of siblings are private too.

    Within that code `import helpers`, at the top or in a function, means the helpers of the same version, and never
    the working tree's or another version's. Importing the same version again gives the same module.

    Args:
        folder: the version's files, as `materialise_code` gives them (or a working folder, under an id of its own).
        code_id: what the private name is made of.
        entry: the file to import, a path from the folder.

    Raises:
        ProjectBroken: the code cannot be imported; names file and line.
        HoldtrueError: whatever the code itself raised of holdtrue's own (a ContractError, say), unchanged.
    """
    folder = folder.resolve()
    root = private_name(code_id)
    module = ".".join([root, *Path(entry).with_suffix("").parts])
    with _lock:
        if module in sys.modules:
            return sys.modules[module]
        if not (folder / entry).is_file():
            hint = "is it in the project's folder, and not ignored by git or .holdtrueignore?"
            raise ProjectBroken(f"there is no {entry} among the captured files", hint=hint)
        before = set(sys.modules)
        _register(root, folder)
        try:
            return importlib.import_module(module)
        except BaseException as error:
            # A half-imported version must not be found by the next attempt.
            for name in set(sys.modules) - before:
                if name == root or name.startswith(f"{root}."):
                    del sys.modules[name]
            if root not in before:
                _finder.folders.pop(root, None)
            if isinstance(error, KeyboardInterrupt | MemoryError | GeneratorExit):
                raise
            raise _explained(error, folder, entry) from error


def forget_captured(code_id: str) -> None:
    """Drop a version's modules, once nothing uses them; importing it again starts afresh."""
    root = private_name(code_id)
    with _lock:
        for name in [name for name in sys.modules if name == root or name.startswith(f"{root}.")]:
            del sys.modules[name]
        _finder.folders.pop(root, None)


def private_name(code_id: str) -> str:
    """Return the name that a code version's modules live under.

    Example:
        >>> private_name("0f3a")
        'holdtrue_code_0f3a'
    """
    return _PREFIX + re.sub(r"\W", "_", code_id)[:32]


def _register(root: str, folder: Path) -> None:
    if root in sys.modules:
        return
    package = ModuleType(root, "The modules of one version of a project's code.")
    package.__path__ = [str(place) for place in own_roots(folder)]
    package.__package__ = root
    _finder.folders[root] = folder
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    sys.modules[root] = package


class _Loader(machinery.SourceFileLoader):
    """Runs source with an `__import__` that knows the version's own modules; keeps no bytecode, which may be stale."""

    def __init__(self, fullname: str, path: str, root: str, folder: Path) -> None:
        super().__init__(fullname, path)
        self._root = root
        self._folder = folder

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def exec_module(self, module: ModuleType) -> None:
        own = dict(vars(builtins))
        own["__import__"] = _importer(self._root, self._folder)
        module.__dict__["__builtins__"] = own
        super().exec_module(module)


class _Finder:
    """Finds modules under the private names, and nothing else."""

    def __init__(self) -> None:
        self.folders: dict[str, Path] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> machinery.ModuleSpec | None:
        root, _, rest = fullname.partition(".")
        folder = self.folders.get(root)
        if folder is None or not rest or path is None:
            return None
        spec = machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None and spec.origin.endswith(".py"):
            spec.loader = _Loader(fullname, spec.origin, root, folder)
            spec.cached = None
        return spec


_finder = _Finder()


def _importer(root: str, folder: Path) -> Any:
    known: dict[str, bool] = {}
    own_importlib = _importlib_of(root, folder)

    def import_own(
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        top = name.partition(".")[0]
        if top not in known:
            known[top] = is_own(folder, top)
        if level == 0 and top == "importlib" and not known[top]:
            leaf = builtins.__import__(name, globals, locals, fromlist or (), 0)
            return own_importlib if name == top or not fromlist else leaf
        if level != 0 or not known[top]:
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        leaf = builtins.__import__(f"{root}.{name}", globals, locals, fromlist or (), 0)
        return leaf if fromlist else sys.modules[f"{root}.{top}"]

    return import_own


def _importlib_of(root: str, folder: Path) -> ModuleType:
    # importlib as this version's code sees it: a module of its own asked for by name is its own too.
    def import_module(name: str, package: str | None = None) -> ModuleType:
        own = not name.startswith(".") and is_own(folder, name.partition(".")[0])
        return importlib.import_module(f"{root}.{name}" if own else name, package)

    seen = ModuleType("importlib", importlib.__doc__)
    seen.__dict__["import_module"] = import_module
    seen.__dict__["__getattr__"] = lambda name: getattr(importlib, name)
    return seen


def _explained(error: BaseException, folder: Path, entry: str) -> HoldtrueError:
    if isinstance(error, HoldtrueError):
        # It names files by their whole path in the cache of versions; the user knows them by their path in the project.
        message, place = error.message.replace(f"{folder}/", ""), _place(error, folder, entry)
        if not re.search(r"\.py:\d+", message):
            message = f"{place}: {message}"
        return type(error)(message, hint=error.hint.replace(f"{folder}/", ""))
    if isinstance(error, SyntaxError) and error.filename:
        return ProjectBroken(syntax_message(error, _shown(error.filename, folder)), hint="mend that line")
    text, hint = _in_words(error)
    return ProjectBroken(f"{_place(error, folder, entry)}: {type(error).__name__}: {text}", hint=hint)


def _place(error: BaseException, folder: Path, entry: str) -> str:
    """Return `file:line` of the deepest of the project's own lines that an error came through."""
    place = entry
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename).is_relative_to(folder):
            place = f"{_shown(frame.filename, folder)}:{frame.lineno}"
    return place


def _in_words(error: BaseException) -> tuple[str, str]:
    if isinstance(error, SystemExit):
        return f"the module ended the program ({error.code})", "take the call of exit out of it"
    if isinstance(error, ModuleNotFoundError) and error.name:
        if error.name.startswith(_PREFIX):
            own = error.name.partition(".")[2]
            return f"No module named '{own}'", "is the file there, and is it not ignored by git?"
        top = error.name.partition(".")[0]
        return f"No module named '{error.name}'", f"install what holds {top}, or add {top}.py to the project"
    text = re.sub(_PREFIX + r"\w+\.", "", str(error))
    return (text.strip().splitlines() or ["no reason given"])[0], "mend that line"


def _shown(filename: str, folder: Path) -> str:
    path = Path(filename)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else filename
