"""Which files a project declares as data, read off its code without running it.

Code is captured before it may be imported, and declared data is no part of it; so the patterns given to `files(...)`
are found in the syntax tree. A pattern that is computed cannot be seen this way: such files count as code, and a large
one stops the capture with its name.
"""

from __future__ import annotations

import ast
from pathlib import Path

from holdtrue.project import FilesSource


def declared_files(root: Path) -> tuple[FilesSource, ...]:
    """Return the sources that calls of `files("PATTERN")` in the project's top-level Python files declare.

    A file that cannot be parsed declares nothing: importing it will say what is wrong.
    """
    found: dict[str, FilesSource] = {}
    for path in sorted(root.glob("*.py")):
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError, OSError):
            continue
        for node in ast.walk(tree):
            pattern = _pattern(node)
            if pattern:
                found[pattern] = FilesSource(pattern=pattern)
    return tuple(found.values())


def _pattern(node: ast.AST) -> str:
    if not isinstance(node, ast.Call) or not node.args:
        return ""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    first = node.args[0]
    if called == "files" and isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return ""
