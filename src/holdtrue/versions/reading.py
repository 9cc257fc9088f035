"""Which files a module may read: those its text names, or any, where it opens what its text does not name.

Nothing is run. A word in a module that is a file's name, its stem or the name of a folder above it is taken for naming
that file; a name put together at run time (`"lev" + "els.json"`, an f-string, a parameter, the environment) for naming
any. Either may see a file that does not matter, and so do work again for nothing; neither is blind to one that does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from msgspec import Struct

# Calls that read a file (or list a folder) whose name is an argument, or is what the method is called on.
_READERS = re.compile(
    r"open|open_\w+|read_\w+|scan_\w+|load\w*|fromfile|from_file|genfromtxt|glob|iglob|imread|get_data|connect|\w+File"
    r"|Booster|Image|FileIO|input|memmap"
)
_LISTERS = frozenset({"iterdir", "scandir", "listdir", "walk", "rglob"})
_RESOURCES = frozenset({"importlib.resources", "importlib_resources", "pkg_resources", "pkgutil"})
# Calls that make a name of the names they are given.
_JOINERS = frozenset(
    {"Path", "PurePath", "PosixPath", "str", "fspath", "join", "joinpath", "with_name", "with_suffix", "dirname"}
    | {"abspath", "realpath", "normpath", "resolve", "absolute", "expanduser", "as_posix", "open"}
)
_LONGEST = 1_000


class Reading(Struct, frozen=True, kw_only=True):
    """What a module may read: the words that name files in it, and whether it may read any other."""

    words: frozenset[str]
    patterns: frozenset[str]
    anything: bool

    def names(self, path: str) -> bool:
        """Say whether a file (path from the root, with `/`) is among what is read."""
        if self.anything:
            return True
        *folders, name = PurePosixPath(path).parts
        stems = {name.rsplit(".", count)[0] for count in range(1, name.count(".") + 1)}
        if not self.words.isdisjoint({*folders, name, *stems}):
            return True
        return any(fnmatchcase(path, f"*{pattern}") for pattern in self.patterns)


def reading_of(tree: ast.Module, modules: Iterable[str]) -> Reading:
    """Read a module's tree.

    Args:
        tree: the module.
        modules: the dotted names that it imports.

    Example:
        >>> found = reading_of(ast.parse("table = open(folder / 'levels.json')"), ())
        >>> found.anything, found.names("notes.md")  # for who knows what folder is
        (True, True)
        >>> reading_of(ast.parse("table = open('tables/levels.json')"), ()).names("notes.md")
        False
    """
    words: set[str] = set()
    patterns: set[str] = set()
    known = _Known(tree)
    anything = not _RESOURCES.isdisjoint(".".join(name.split(".")[:2]) for name in modules) or not (
        _RESOURCES.isdisjoint(modules)
    )
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if 0 < len(text) <= _LONGEST:
                (patterns if any(letter in text for letter in "*?[") else words).add(text)
                words.update(part for part in re.split(r"[/\\]", text) if part not in ("", ".", ".."))
        elif isinstance(node, ast.Call):
            anything = anything or _reads_unknown(node, known)
        elif isinstance(node, ast.Name) and node.id == "open" and id(node) not in called:
            anything = True  # handed on under another name
    return Reading(words=frozenset(words), patterns=frozenset(patterns), anything=anything)


def _reads_unknown(node: ast.Call, known: _Known) -> bool:
    name = _name_of(node.func)
    if name in _LISTERS:
        return True
    if not _READERS.fullmatch(name):
        return False
    given = node.args[0] if node.args else next((each.value for each in node.keywords), None)
    if isinstance(node.func, ast.Attribute) and (given is None or _is_path_method(node.func)):
        given = node.func.value  # PATH.open(), PATH.read_text(encoding=...)
    return given is None or not known.is_known(given)


def _is_path_method(function: ast.Attribute) -> bool:
    if function.attr in ("read_text", "read_bytes"):
        return True
    # Of x.open(...), x is a module (os, gzip, PIL.Image) or a path: only a path is made in this module.
    return function.attr in ("open", "glob") and not isinstance(function.value, ast.Name)


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


class _Known:
    """Says whether an expression is made of words that the module's text has, each a whole step of a path."""

    def __init__(self, tree: ast.Module) -> None:
        self._assigned: dict[str, list[ast.expr | None]] = {}
        for node in ast.walk(tree):
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
            self._bind(node.target, node.value)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._bind(node.optional_vars, node.context_expr)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension | ast.AugAssign):
            self._bind(node.target, node.iter if isinstance(node, ast.For | ast.comprehension) else None)
        elif isinstance(node, ast.arg):
            self._assigned.setdefault(node.arg, []).append(None)

    def _bind(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self._assigned.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple | ast.List | ast.Starred):
            for each in ast.walk(target):
                if isinstance(each, ast.Name):
                    self._assigned.setdefault(each.id, []).append(None)

    def is_known(self, node: ast.expr, seen: frozenset[str] = frozenset()) -> bool:
        if isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.Name):
            values = self._assigned.get(node.id, [])
            if node.id == "__file__" or node.id in seen:
                return True
            return bool(values) and all(
                value is not None and self.is_known(value, seen | {node.id}) for value in values
            )
        if isinstance(node, ast.Attribute | ast.Subscript):
            return self.is_known(node.value, seen)
        if isinstance(node, ast.Tuple | ast.List):
            return all(self.is_known(each, seen) for each in node.elts)
        if isinstance(node, ast.BinOp):
            # Only `/` keeps each word a whole step: "lev" + "els.json" names a file that no word of it does.
            return isinstance(node.op, ast.Div) and self.is_known(node.left, seen) and self.is_known(node.right, seen)
        return isinstance(node, ast.Call) and self._is_known_call(node, seen)

    def _is_known_call(self, node: ast.Call, seen: frozenset[str]) -> bool:
        name = _name_of(node.func)
        if name not in _JOINERS or not all(self.is_known(each, seen) for each in node.args):
            return False
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if owner is None or name in ("Path", "PurePath", "PosixPath", "fspath", "dirname", "abspath", "realpath"):
            return True
        if name in ("join", "normpath", "expanduser"):
            return True  # of os.path; of a string it joins what is known
        return self.is_known(owner, seen)
