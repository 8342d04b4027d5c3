"""Node kinds and small questions about single nodes."""

from __future__ import annotations

import ast

Span = tuple[int | None, int | None, int | None, int | None]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LOOPS = (ast.For, ast.AsyncFor, *COMPREHENSIONS)
WITHS = (ast.With, ast.AsyncWith)
TRIES = (ast.Try, ast.TryStar)
ENDS = (ast.Return, ast.Raise, ast.Break, ast.Continue)
FOLDABLE = (ast.Tuple, ast.List, ast.Set, ast.BinOp, ast.UnaryOp, ast.Subscript, ast.Dict, ast.JoinedStr, ast.Compare)


def leaf_name(node: ast.AST) -> str | None:
    """The name that a name or a capturing pattern reads or binds."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.pattern):
        return getattr(node, "name", None) or getattr(node, "rest", None)
    return None


def span_of(node: ast.AST) -> Span:
    """A node's position in the shape of an instruction's position."""
    if not hasattr(node, "lineno"):
        return (None, None, None, None)
    return (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)


def is_generic(node: ast.AST) -> bool:
    """Whether a node belongs to the type parameter syntax."""
    return type(node).__name__ in ("TypeAlias", "TypeVar", "ParamSpec", "TypeVarTuple")


def is_literal(node: ast.AST) -> bool:
    """Whether an expression's leaves are all literals (or `__debug__`)."""
    leaves = (n for n in ast.walk(node) if isinstance(n, (ast.expr)) and not isinstance(n, (*FOLDABLE, ast.Slice)))
    return all(isinstance(leaf, ast.Constant) or getattr(leaf, "id", "") == "__debug__" for leaf in leaves)


def is_percent_format(node: ast.AST) -> bool:
    """Whether a node is `"literal" % ...`."""
    is_modulo = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod)
    return (
        is_modulo
        and is_literal(node.left)
        and any(isinstance(getattr(n, "value", 0), str) for n in ast.walk(node.left))
    )
