"""Why statements have no instruction."""

from __future__ import annotations

import ast

from pipeline_tests.bench.anchors.syntax import ENDS, FUNCTIONS, TRIES
from pipeline_tests.bench.anchors.tree import Tree


def why_silent(tree: Tree, index: int) -> str:
    """Why the compiler emitted nothing for a statement."""
    node = tree.nodes[index]
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return "declaration"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return "docstring or constant expression"
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return "annotation without value"
    if after_end(tree, index):
        return "after a jump"
    if below_constant_test(tree, index):
        return "below a constant test"
    if isinstance(node, ast.Return) and (node.value is None or isinstance(node.value, ast.Constant)):
        return "return merged into an equal exit"
    if isinstance(node, (ast.Pass, ast.Continue, ast.Break)):
        return f"{type(node).__name__.lower()} merged into the flow"
    return f"other: {type(node).__name__}"


def after_end(tree: Tree, index: int) -> bool:
    """Whether an earlier statement of the same list, or of an enclosing one, never completes."""
    for i in tree.ancestors(index):
        parent = tree.nodes[tree.parent[i]]
        if tree.field[i] == "orelse" and isinstance(parent, TRIES) and any(map(never_completes, parent.body)):
            return True
        siblings = getattr(parent, tree.field[i], None)
        if isinstance(siblings, list) and isinstance(tree.nodes[i], ast.stmt):
            before = siblings[: siblings.index(tree.nodes[i])]
            if any(never_completes(statement) for statement in before):
                return True
        if isinstance(tree.nodes[i], (*FUNCTIONS, ast.Module)):
            return False
    return False


def never_completes(node: ast.stmt) -> bool:
    """Whether control never reaches the end of a statement, as far as its syntax tells."""
    if isinstance(node, ast.If):
        return bool(node.orelse) and all(any(map(never_completes, body)) for body in (node.body, node.orelse))
    if isinstance(node, ast.While):
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        return endless and not any(isinstance(n, ast.Break) for n in ast.walk(node))
    if isinstance(node, ast.Assert):
        return isinstance(node.test, ast.Constant) and not node.test.value
    if isinstance(node, TRIES):
        bodies = [node.orelse or node.body, *(h.body for h in node.handlers)]
        return any(map(never_completes, node.finalbody)) or all(any(map(never_completes, b)) for b in bodies)
    return isinstance(node, ENDS)


def below_constant_test(tree: Tree, index: int) -> bool:
    """Whether an enclosing `if` or `while` has a literal test."""
    for i in tree.ancestors(index):
        test = getattr(tree.nodes[i], "test", None) or getattr(tree.nodes[i], "guard", None)
        if test is not None and is_constant_test(test):
            return True
    return False


def is_constant_test(test: ast.expr) -> bool:
    """A literal, `__debug__`, or a boolean combination that a literal decides."""
    if isinstance(test, ast.BoolOp):
        return any(is_constant_test(value) for value in test.values)
    if isinstance(test, ast.UnaryOp):
        return is_constant_test(test.operand)
    return isinstance(test, ast.Constant) or getattr(test, "id", "") == "__debug__"
