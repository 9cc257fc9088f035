"""What a module's syntax tree says that it reaches: modules, files, and whether that can be known at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from msgspec import Struct

from holdtrue.versions.reading import Reading, reading_of

# Names that let code reach modules which its text does not name.
_UNBOUNDED_NAMES = frozenset({"exec", "eval", "execfile"})
_UNBOUNDED_MODULES = frozenset({"runpy", "pkgutil", "imp", "zipimport", "importlib.util", "importlib.machinery"})
_DOC_READERS = frozenset({"__doc__", "getdoc", "getsource", "getsourcelines", "getcomments"})
_IMPORTERS = frozenset({"import_module", "__import__"})
_RUNNERS = _UNBOUNDED_NAMES | _IMPORTERS


class Reach(Struct, frozen=True, kw_only=True):
    """What one module reaches.

    Attributes:
        modules: absolute dotted names that it may import; `from a import b` gives `a` and `a.b`.
        reading: which files it may read.
        unbounded: it can reach modules that its text does not name.
        reads_docs: it reads docstrings or sources, so they matter.
    """

    modules: tuple[str, ...]
    reading: Reading
    unbounded: bool
    reads_docs: bool


def reach_of(tree: ast.Module, package: str) -> Reach:
    """Read a module's tree.

    Args:
        tree: the module.
        package: the dotted package it is in, empty at the top: relative imports start from there.

    Example:
        >>> reach_of(ast.parse("from .ages import at_sale"), "features").modules
        ('features.ages', 'features.ages.at_sale')
    """
    modules: set[str] = set()
    unbounded = reads_docs = False
    followed = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and not _runs_unknown(node)}
    for node in ast.walk(tree):
        modules.update(_imported(node, package))
        if isinstance(node, ast.Name):
            reads_docs = reads_docs or node.id in _DOC_READERS
        elif isinstance(node, ast.Attribute):
            reads_docs = reads_docs or node.attr in _DOC_READERS
            unbounded = unbounded or node.attr in ("__path__", "meta_path", "path_hooks") or _is_sys_path(node)
        # What runs or imports what it is told, mentioned in any other way than called with a plain name.
        unbounded = unbounded or (_mentions_runner(node) and id(node) not in followed)
    unbounded = unbounded or not modules.isdisjoint(_UNBOUNDED_MODULES) or "sys.path" in modules
    return Reach(
        modules=tuple(sorted(modules)),
        reading=reading_of(tree, modules),
        unbounded=unbounded,
        reads_docs=reads_docs,
    )


def _mentions_runner(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return node.id in _RUNNERS
    if isinstance(node, ast.Attribute):
        # DataFrame.eval and model.eval() run no code of the project; builtins.eval does.
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        return node.attr in _IMPORTERS or (node.attr in _UNBOUNDED_NAMES and owner in ("builtins", "__builtins__"))
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value in _RUNNERS
    return isinstance(node, ast.alias) and (node.name in _RUNNERS) and node.asname is not None


def _imported(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name
    elif isinstance(node, ast.ImportFrom):
        base = _absolute(node, package)
        if base:
            yield base
        for alias in node.names:
            if alias.name != "*":
                yield f"{base}.{alias.name}" if base else alias.name
    elif isinstance(node, ast.Call) and _name_of(node.func) in _IMPORTERS:
        named = node.args[0] if node.args else None
        if isinstance(named, ast.Constant) and isinstance(named.value, str) and not named.value.startswith("."):
            yield named.value


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if node.level == 0:
        return node.module or ""
    parts = package.split(".") if package else []
    kept = parts[: max(0, len(parts) - node.level + 1)]
    return ".".join([*kept, node.module] if node.module else kept)


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _is_sys_path(node: ast.Attribute) -> bool:
    return node.attr == "path" and isinstance(node.value, ast.Name) and node.value.id == "sys"


def _runs_unknown(node: ast.Call) -> bool:
    if _name_of(node.func) not in _IMPORTERS:
        return True
    named = node.args[0] if node.args else None
    return not (isinstance(named, ast.Constant) and isinstance(named.value, str) and not named.value.startswith("."))
