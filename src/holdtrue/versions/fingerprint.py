"""The fingerprint of a project's own code: changed by what it does, not by how it is written down.

Imports are followed from `model.py` through the project's own files. Where they cannot be followed (a module named at
run time, a changed `sys.path`, `exec`), every file of the project is taken; where a file is read by a name that is put
together at run time, every file that is not Python. The fingerprint may see a change that does not matter, and must
never be blind to one that does.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from holdtrue.foundation import ProjectBroken, digest, digest_of, is_secret_file
from holdtrue.sources import file_hash
from holdtrue.versions.distributions import distribution_versions
from holdtrue.versions.imports import reach_of
from holdtrue.versions.listing import list_data
from holdtrue.versions.modules import find_module, installed_at, is_own, own_roots
from holdtrue.versions.reading import Reading


class Fingerprint(Struct, frozen=True, kw_only=True):
    """What the code that an entry module reaches amounts to.

    Attributes:
        digest: hash of all that follows.
        files: path from the project's root to the hash of the normalised code, or of the bytes of another file named
            in it.
        distributions: installed distribution that this code imports to its version, and `python` to its own.
        whole: imports could not be followed for certain, so all files of the project are in it.
    """

    files: dict[str, str]
    distributions: dict[str, str]
    whole: bool = False

    @property
    def digest(self) -> str:
        """Hash of files and distributions."""
        return digest_of([self.files, self.distributions])


def fingerprint(root: Path, entry: str = "model.py", *, exclude: Iterable[Path] = ()) -> Fingerprint:
    """Fingerprint the project's own code that a module reaches.

    Blind to comments, docstrings (unless some code reads them) and formatting. Not blind to any other change of a
    module that is imported, directly or through others, anywhere in a function or at the top; nor of another file of
    the project that this code names or may read (see `reading`).

    Args:
        root: the project's folder.
        entry: the file to begin from, a path from the root.
        exclude: files that are versioned otherwise (declared data).

    Raises:
        ProjectBroken: a file is not Python; names file and line. Or the entry does not exist.
    """
    if not (root / entry).is_file():
        raise ProjectBroken(f"there is no {entry} in {root}", hint="run this in a project's folder")
    root = root.resolve()
    walk = _Walk(root, frozenset(path.resolve() for path in exclude))
    walk.add(root / entry)
    walk.follow()
    return walk.result()


def read_files_of(root: Path, entry: str = "model.py") -> frozenset[str]:
    """Return the files, no modules, that the code which a module reaches names or may read, as paths from `root`.

    What it declares as data, by `files("data/*.csv")`, is not meant: holdtrue reads that.

    Raises:
        ProjectBroken: as `fingerprint`.
    """
    root = root.resolve()
    walk = _Walk(root, frozenset(), declared=False)
    if (root / entry).is_file():
        walk.add(root / entry)
    walk.follow()
    return frozenset(file.relative_to(root).as_posix() for file in walk.named)


class _Walk:
    """Collects modules breadth first, each once."""

    def __init__(self, root: Path, exclude: frozenset[Path], *, declared: bool = True) -> None:
        self.root, self.declared = root, declared
        self.exclude = exclude
        self.trees: dict[Path, ast.Module] = {}
        self.binaries: set[Path] = set()
        self.named: set[Path] = set()
        self.foreign: set[str] = set()
        self.waiting: list[Path] = []
        self.whole = False
        self.docs_matter = False
        self.others = [
            file.relative_to(root).as_posix()
            for file in list_data(root)
            if file.suffix != ".py" and file.resolve() not in exclude
        ]

    def add(self, file: Path) -> None:
        if file in self.trees or file in self.binaries:
            return
        if file.suffix != ".py":
            self.binaries.add(file)
            return
        self.trees[file] = parse_python(file, self._path(file))
        if not self.declared:
            _forget_declared(self.trees[file])
        self.waiting.append(file)

    def follow(self) -> None:
        while self.waiting:
            file = self.waiting.pop()
            reach = reach_of(self.trees[file], self._package(file))
            self.docs_matter = self.docs_matter or reach.reads_docs
            for name in reach.modules:
                self._import(name)
            self._name_files(file, reach.reading)
            if reach.unbounded:
                self._take_all()

    def _take_all(self) -> None:
        if self.whole:
            return
        self.whole = True
        self.named.update(self.root / path for path in self.others)
        for file in list_data(self.root):
            if file.suffix == ".py":
                self._add_if_python(file)

    def _add_if_python(self, file: Path) -> None:
        # A stray file that is not Python (a template, another version's syntax) must not stop the project.
        try:
            self.add(file)
        except ProjectBroken:
            self.binaries.add(file)

    def _import(self, name: str) -> None:
        top = name.partition(".")[0]
        if not is_own(self.root, top):
            if top not in self.foreign and self._is_hidden_own(top):
                self._take_all()
            self.foreign.add(top)
            return
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            for file in find_module(self.root, ".".join(parts[:length])):
                self.add(file)

    def _is_hidden_own(self, top: str) -> bool:
        # Not found where the project's modules are looked for, yet maybe its own: PYTHONPATH leads into the project,
        # or something will at run time.
        if top == "holdtrue" or top in sys.stdlib_module_names:
            return False
        place = installed_at(top)
        if place is None:
            return True
        if not place.is_relative_to(self.root) or "site-packages" in place.parts:
            return False
        return not is_secret_file(place.relative_to(self.root).as_posix())

    def _name_files(self, file: Path, reading: Reading) -> None:
        self.named.update(self.root / path for path in self.others if reading.names(path))
        # A path that is written out whole may also name a Python file.
        for text in reading.words:
            for base in (self.root, file.parent):
                named = base / text
                try:
                    usable = named.is_file() and named.resolve() not in self.exclude
                except (OSError, ValueError):
                    continue  # no name a file could have
                if usable and named.resolve().is_relative_to(self.root.resolve()):
                    path = named.resolve().relative_to(self.root.resolve()).as_posix()
                    if not is_secret_file(path):
                        self.named.add(self.root / path)

    def _package(self, file: Path) -> str:
        # The dotted package that relative imports in this file start from.
        base = next(base for base in reversed(own_roots(self.root)) if file.is_relative_to(base))
        return ".".join(file.parent.relative_to(base).parts)

    def _path(self, file: Path) -> str:
        return file.relative_to(self.root).as_posix()

    def result(self) -> Fingerprint:
        files = {
            self._path(file): _normal_digest(tree, keep_docs=self.docs_matter) for file, tree in self.trees.items()
        }
        for file in (self.binaries | self.named) - set(self.trees):
            files[self._path(file)] = file_hash(file)
        return Fingerprint(
            files=dict(sorted(files.items())), distributions=distribution_versions(self.foreign), whole=self.whole
        )


def _forget_declared(tree: ast.Module) -> None:
    """Forget what calls of `files` name, but for those of other libraries and of the project's own functions."""
    others: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            origin = getattr(node, "module", None) or ""
            others |= {
                each.asname or each.name.partition(".")[0]
                for each in node.names
                if (origin or each.name).partition(".")[0] != "holdtrue"
            }
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            others.add(node.name)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or _called(node.func) != "files" or _base(node.func) in others:
            continue
        node.args = [ast.Constant(None) if isinstance(each, ast.Constant) else each for each in node.args]


def _called(function: ast.expr) -> str:
    return str(getattr(function, "attr", "") or getattr(function, "id", ""))


def _base(function: ast.expr) -> str:
    """Return the name that an expression such as `importlib.resources.files` begins with."""
    while isinstance(function, ast.Attribute):
        function = function.value
    return str(getattr(function, "id", ""))


def parse_python(file: Path, shown: str) -> ast.Module:
    """Parse a Python file.

    Args:
        file: where it is.
        shown: how messages name it.

    Raises:
        ProjectBroken: it is not Python; names file and line.
    """
    try:
        return ast.parse(file.read_bytes(), filename=shown)
    except SyntaxError as error:
        raise ProjectBroken(syntax_message(error, shown), hint="mend that line") from error
    except ValueError as error:
        raise ProjectBroken(f"{shown}: {error}", hint="is it a text file?") from error


def syntax_message(error: SyntaxError, shown: str) -> str:
    """Put a syntax error in words: file, line, what is wrong and the line itself."""
    line = f" in: {error.text.strip()}" if error.text and error.text.strip() else ""
    return f"{shown}:{error.lineno or 1}: {error.msg}{line}"


def _normal_digest(tree: ast.Module, *, keep_docs: bool) -> str:
    if not keep_docs:
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                _drop_docstring(node)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.kind = None  # u"" is ""
    try:
        return digest(ast.dump(tree).encode("utf-8", "surrogatepass"))
    except RecursionError:
        return digest(b"".join(_shallow(node) for node in ast.walk(tree)))


def _drop_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        node.body = node.body[1:]
    if not isinstance(node, ast.Module) and not node.body:
        node.body = [ast.Pass()]


def _shallow(node: ast.AST) -> bytes:
    # One node without its children's insides: for trees too deep to be written out by recursion.
    return repr((type(node).__name__, [(name, _outside(value)) for name, value in ast.iter_fields(node)])).encode()


def _outside(value: object) -> object:
    if isinstance(value, ast.AST):
        return type(value).__name__
    return [_outside(one) for one in value] if isinstance(value, list) else value
