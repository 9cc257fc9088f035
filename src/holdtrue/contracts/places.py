"""Where in the user's own file a contract went wrong, and the form to write instead."""

from __future__ import annotations

import ast
import linecache
import os
import sys
from functools import reduce
from pathlib import Path
from types import FrameType

from msgspec import Struct

from holdtrue.foundation import ContractError

_HERE = f"{Path(__file__).parent}{os.sep}"
_FORMS = "write & for and, | for or, ~ for not, .is_in([...]) for in, and two comparisons joined by & for a chain"
_AWKWARD = (ast.BoolOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.If)


class Place(Struct, frozen=True):
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def user_frame() -> FrameType | None:
    """Return the innermost frame that is not of this package: the user's own line."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return frame


def user_place() -> Place:
    """Return the user's own line that is being run now."""
    frame = user_frame()
    return Place("<unknown>", 0) if frame is None else Place(frame.f_code.co_filename, frame.f_lineno)


def error_at(place: Place, problem: str, *, hint: str = "") -> ContractError:
    """Make a ContractError that begins with the place."""
    return ContractError(f"{place}: {problem}", hint=hint)


def error_here(problem: str, *, hint: str = "") -> ContractError:
    """Make a ContractError at the user's own line that is being run now."""
    return error_at(user_place(), problem, hint=hint)


def undecided() -> ContractError:
    """Make the error of Python forms that ask a rule for a yes or no now: `and`, `or`, `not`, `if`, `in`, a chain."""
    place = user_place()
    problem = (
        "a rule is compiled, not run row by row, so `and`, `or`, `not`, `if`, `in` and chained comparisons "
        "cannot be used in it"
    )
    return error_at(place, problem, hint=form_to_write(place) or _FORMS)


def form_to_write(place: Place) -> str:
    """Find the form at this line that cannot be compiled and rewrite it; empty where the source cannot be had."""
    tree = _parsed(place.file)
    if tree is None:
        return ""
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, _AWKWARD) and _first(node) <= place.line <= _last(node) and _is_awkward(node)
    ]
    if not found:
        return ""
    node = max(found, key=lambda each: _span(each))  # the widest expression: rewriting it rewrites all within
    if isinstance(node, ast.If):
        condition = ast.unparse(_REWRITE.visit(node.test))
        return f"write `return ~({condition}) | (what must hold then)` in place of the `if`"
    old = ast.unparse(node)
    return f"write `{ast.unparse(ast.fix_missing_locations(_REWRITE.visit(node)))}` in place of `{old}`"


def line_of(place: Place, class_name: str, name: str) -> Place:
    """Return the line in a class's body where a field is declared; the class's own line if it cannot be found."""
    tree = _parsed(place.file)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.ClassDef) and node.name == class_name and node.lineno <= place.line <= _last(node):
            for part in node.body:
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and part.target.id == name:
                    return Place(place.file, part.lineno)
    return place


class _Rewrite(ast.NodeTransformer):
    """Turns Python's own logic into the operators that can be compiled."""

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        op = ast.BitAnd() if isinstance(node.op, ast.And) else ast.BitOr()
        parts: list[ast.expr] = [self.visit(value) for value in node.values]
        return reduce(lambda left, right: ast.BinOp(left, op, right), parts)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        operand = self.visit(node.operand)
        return ast.UnaryOp(ast.Invert(), operand) if isinstance(node.op, ast.Not) else ast.UnaryOp(node.op, operand)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        test, body, other = self.visit(node.test), self.visit(node.body), self.visit(node.orelse)
        then = ast.BinOp(test, ast.BitAnd(), body)
        otherwise = ast.BinOp(ast.UnaryOp(ast.Invert(), test), ast.BitAnd(), other)
        return ast.BinOp(then, ast.BitOr(), otherwise)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        sides = [self.visit(side) for side in (node.left, *node.comparators)]
        pairs = [_pair(sides[i], op, sides[i + 1]) for i, op in enumerate(node.ops)]
        return reduce(lambda left, right: ast.BinOp(left, ast.BitAnd(), right), pairs)


_REWRITE = _Rewrite()


def _pair(left: ast.expr, op: ast.cmpop, right: ast.expr) -> ast.expr:
    if not isinstance(op, (ast.In, ast.NotIn)):
        return ast.Compare(left, [op], [right])
    within = isinstance(left, ast.Constant) and isinstance(right, ast.Attribute)
    owner, method, argument = (right, "contains", left) if within else (left, "is_in", right)
    call = ast.Call(ast.Attribute(owner, method), [argument], [])
    return ast.UnaryOp(ast.Invert(), call) if isinstance(op, ast.NotIn) else call


def _is_awkward(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    if isinstance(node, ast.Compare):
        return len(node.ops) > 1 or isinstance(node.ops[0], (ast.In, ast.NotIn))
    return True


def _first(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


def _last(node: ast.AST) -> int:
    # Of an `if` statement only its own line matters, not the lines it governs.
    return getattr(node.test if isinstance(node, ast.If) else node, "end_lineno", 0) or 0


def _span(node: ast.AST) -> tuple[int, int]:
    inner = not isinstance(node, ast.If)
    return (inner, len(ast.unparse(node)))


def _parsed(file: str) -> ast.Module | None:
    source = "".join(linecache.getlines(file))
    if not source:
        return None
    try:
        return ast.parse(source)
    except SyntaxError:
        return None
