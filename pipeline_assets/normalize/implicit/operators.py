"""Operators, comparisons, subscripts and displays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline_assets.normalize.implicit.calls import NONE, Calls
from pipeline_assets.normalize.implicit.trees import BUILT, Bool, Rows

BINARY = {
    "Add": "add",
    "Sub": "sub",
    "Mult": "mul",
    "MatMult": "matmul",
    "Div": "truediv",
    "Mod": "mod",
    "Pow": "pow",
    "LShift": "lshift",
    "RShift": "rshift",
    "BitOr": "or",
    "BitXor": "xor",
    "BitAnd": "and",
    "FloorDiv": "floordiv",
}
"""Operators of two operands, and the stem of their methods' names."""

UNARY = {"UAdd": "__pos__", "USub": "__neg__", "Invert": "__invert__"}

COMPARISONS = {
    "Eq": "__eq__,__eq__",
    "NotEq": "__ne__,__ne__",
    "Lt": "__lt__,__gt__",
    "LtE": "__le__,__ge__",
    "Gt": "__gt__,__lt__",
    "GtE": "__ge__,__le__",
}
"""Comparisons; the second method is the other operand's."""

CONTAINMENTS = ("In", "NotIn")
CONTAINS = "__contains__,__iter__,__getitem__"
ITEM = {"Load": "__getitem__,__class_getitem__", "Store": "__setitem__", "Del": "__delitem__"}
ITEM_KINDS = {"Load": "get_item", "Store": "set_item", "Del": "delete_item"}

TRUTH = "__bool__,__len__"

UNHASHED = tuple(kind for kind in BUILT if kind != "Tuple")
"""Objects of the interpreter's own that hash themselves; a tuple asks its items."""


def add_operators(calls: Calls, constant: Bool) -> None:
    """Add arithmetic; what has literals only is computed by the compiler."""
    trees = calls.trees
    binary = trees.of_kind("BinOp")
    left, right = binary + 1, trees.after(binary + 1)
    is_open = ~(constant[left] & constant[right])
    augmented = trees.of_kind("AugAssign")
    for operator, stem in BINARY.items():
        chosen = is_open & trees.has_ctx(binary, operator)
        methods = f"__{stem}__,__r{stem}__"
        calls.add("binary", methods, binary[chosen], operand=left[chosen], other=right[chosen])
        sites = augmented[trees.has_ctx(augmented, operator)]
        value = trees.after(sites + 1)
        calls.add("augmented", f"__i{stem}__,{methods}", sites, operand=sites + 1, other=value)
    unary = trees.of_kind("UnaryOp")
    for operator, method in UNARY.items():
        sites = unary[trees.has_ctx(unary, operator) & ~constant[unary + 1]]
        calls.add("unary", method, sites, operand=sites + 1)


def add_comparisons(calls: Calls) -> None:
    """Add each pair of each comparison, and between two pairs the test of the first one's result."""
    trees = calls.trees
    right = trees.held_by("comparators")
    right = right[np.lexsort((right, trees.parent[right]))]  # another comparison may lie between two comparators
    site, place = trees.parent[right], trees.ordinal[right]
    left = np.where(place == 0, site + 1, np.concatenate(([NONE], right[:-1])))
    operators = _operators(calls, site, place)
    is_last = np.append(site[1:] != site[:-1], True)[: len(site)]
    for operator, methods in COMPARISONS.items():
        chosen = operators == operator
        pair = {"operand": left[chosen], "other": right[chosen], "order": 2 * place[chosen]}
        calls.add("comparison", methods, site[chosen], **pair)
        tested = chosen & ~is_last
        calls.add("truth", TRUTH, site[tested], order=2 * place[tested] + 1)
    chosen = np.isin(operators, CONTAINMENTS)
    pair = {"operand": right[chosen], "other": left[chosen], "order": 2 * place[chosen]}
    calls.add("containment", CONTAINS, site[chosen], **pair)


def add_subscripts(calls: Calls, constant: Bool) -> None:
    """Add items read, written and deleted; an augmented assignment reads before it writes."""
    trees = calls.trees
    subscripts = trees.of_kind("Subscript")
    is_built = trees.is_kind(subscripts + 1, *BUILT)
    subscripts = subscripts[~(is_built & constant[trees.after(subscripts + 1)])]
    subscripts = subscripts[~_is_only_declared(calls, subscripts)]
    is_augmented = trees.is_kind(trees.parent[subscripts], "AugAssign") & (trees.field.isin(subscripts, ("target",)))
    for ctx, methods in ITEM.items():
        sites = subscripts[trees.has_ctx(subscripts, ctx)]
        order = int(ctx == "Store")
        calls.add(ITEM_KINDS[ctx], methods, sites, operand=sites + 1, other=trees.after(sites + 1), order=order)
    sites = subscripts[is_augmented]
    calls.add("get_item", ITEM["Load"], sites, operand=sites + 1, other=trees.after(sites + 1))


def add_hashes(calls: Calls, constant: Bool) -> None:
    """Add the hashing of what is put into sets and dictionaries."""
    trees = calls.trees
    held = trees.held_by("keys", "elts", "elt", "key")
    is_hashed = trees.is_kind(trees.parent[held], "Dict", "Set", "SetComp", "DictComp")
    held = held[is_hashed & ~constant[held] & ~trees.is_kind(held, *UNHASHED)]
    operand = np.where(trees.is_kind(held, "Starred"), NONE, held)
    calls.add("hash", "__hash__", trees.parent[held], operand=operand, at=held, order=2 * trees.ordinal[held])


def _operators(calls: Calls, site: Rows, place: Rows) -> npt.NDArray[np.str_]:
    """The operator of each pair: a comparison keeps all of its own, joined by commas."""
    codes = calls.trees.ctx
    chains = [name.split(",") for name in codes.names] or [[""]]
    table = np.full((len(chains), max(map(len, chains))), "", dtype="U8")
    for row, chain in zip(table, chains, strict=True):
        row[: len(chain)] = chain
    operators: npt.NDArray[np.str_] = table[codes.codes[site], place]
    return operators


def _is_only_declared(calls: Calls, subscripts: Rows) -> Bool:
    """Whether each is the target of an annotation without a value, which stores nothing."""
    trees = calls.trees
    statement = trees.parent[subscripts]
    annotation = trees.after(subscripts)
    is_target = trees.is_kind(statement, "AnnAssign") & trees.field.isin(subscripts, ("target",))
    last = np.minimum(annotation, len(trees.ids) - 1)
    declared: Bool = is_target & (trees.end[last] == trees.end[statement])
    return declared
