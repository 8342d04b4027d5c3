"""CPython's symbol table of one file as flat lists, from the raw tables or, where those differ, the public module."""

from __future__ import annotations

import symtable as public
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

raw: Any = import_module("_symtable")

SCOPE_KINDS = ("module", "function", "class", "annotation", "type_alias", "type_parameters", "type_variable")
SCOPE_CLASSES = ("local", "global_explicit", "global_implicit", "free", "cell")

_RAW_KINDS = {
    "TYPE_MODULE": "module",
    "TYPE_FUNCTION": "function",
    "TYPE_CLASS": "class",
    "TYPE_ANNOTATION": "annotation",
    "TYPE_TYPE_ALIAS": "type_alias",
    "TYPE_TYPE_PARAM": "type_parameters",
    "TYPE_TYPE_PARAMETERS": "type_parameters",
    "TYPE_TYPE_VAR_BOUND": "type_variable",
    "TYPE_TYPE_VARIABLE": "type_variable",
}
"""Constants of 3.11 to 3.13; two kinds were renamed in 3.13."""
_PUBLIC_KINDS = {"type parameter": "type_parameters", "TypeVar bound": "type_variable"}

_KIND_OF = {getattr(raw, name): SCOPE_KINDS.index(kind) for name, kind in _RAW_KINDS.items() if hasattr(raw, name)}


@dataclass(slots=True)
class Scopes:
    """Scopes in preorder, and their symbols, by name within a scope: the table's own order varies with hash seeds."""

    names: list[str] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    """Positions in `SCOPE_KINDS`."""
    lines: list[int] = field(default_factory=list)
    nested: list[bool] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    """Position of the enclosing scope in these lists; -1 for the module."""
    paths: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    """Number of symbols of each scope."""
    symbols: list[str] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    """CPython's bits: what happens to the name, and above them what scope it was given."""


def read_scopes(source: bytes | str, path: str) -> Scopes:
    """The symbol table of one source; raises what CPython raises for a source that it does not compile."""
    return _read_raw(source, path) if _RAW_IS_KNOWN else read_public(source, path)


def read_public(source: bytes | str, path: str) -> Scopes:
    """The same from the documented module: slower, but it does not lean on private attributes."""
    top = public.symtable(source, path, "exec")  # type: ignore[arg-type]
    return _collect(top, _add_public, public.SymbolTable.get_children)


def _read_raw(source: bytes | str, path: str) -> Scopes:
    return _collect(raw.symtable(source, path, "exec"), _add_raw, lambda table: table.children)


def _collect(top: Any, add: Callable[[Scopes, Any], None], children: Callable[[Any], Iterable[Any]]) -> Scopes:
    scopes = Scopes()
    pending: list[tuple[Any, int]] = [(top, -1)]
    while pending:
        table, parent = pending.pop()
        place = len(scopes.parents)
        add(scopes, table)
        scopes.parents.append(parent)
        above = scopes.paths[parent] if parent > 0 else ""
        scopes.paths.append("" if parent < 0 else f"{above}.{scopes.names[-1]}" if above else scopes.names[-1])
        pending += [(child, place) for child in reversed(list(children(table)))]
    return scopes


def _add_raw(scopes: Scopes, table: Any) -> None:
    scopes.names.append(table.name)
    scopes.kinds.append(_KIND_OF[table.type])
    scopes.lines.append(table.lineno)
    scopes.nested.append(bool(table.nested))
    symbols = table.symbols
    names = sorted(symbols)
    scopes.sizes.append(len(names))
    scopes.symbols += names
    scopes.flags += map(symbols.__getitem__, names)


def _add_public(scopes: Scopes, table: public.SymbolTable) -> None:
    kind = str(table.get_type())
    scopes.names.append(table.get_name())
    scopes.kinds.append(SCOPE_KINDS.index(_PUBLIC_KINDS.get(kind, kind.replace(" ", "_"))))
    scopes.lines.append(table.get_lineno())
    scopes.nested.append(table.is_nested())
    symbols = sorted(table.get_symbols(), key=public.Symbol.get_name)
    scopes.sizes.append(len(symbols))
    scopes.symbols += map(public.Symbol.get_name, symbols)
    scopes.flags += [_public_flags(table, symbol) for symbol in symbols]


def decode(flags: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], dict[str, npt.NDArray[np.bool_]]]:
    """Positions in `SCOPE_CLASSES`, and what happens to the names, by column of `symbols`."""
    scopes = flags >> raw.SCOPE_OFF & raw.SCOPE_MASK
    return scopes - 1, {
        "is_parameter": flags & raw.DEF_PARAM != 0,
        "is_declared_global": scopes == raw.GLOBAL_EXPLICIT,
        "is_nonlocal": flags & raw.DEF_NONLOCAL != 0,
        "is_imported": flags & raw.DEF_IMPORT != 0,
        "is_assigned": flags & raw.DEF_LOCAL != 0,
        "is_referenced": flags & raw.USE != 0,
        "is_annotated": flags & raw.DEF_ANNOT != 0,
    }


def _public_flags(table: public.SymbolTable, symbol: public.Symbol) -> int:
    """The bits that the symbol's predicates tell."""
    flags = raw.USE * symbol.is_referenced() | raw.DEF_PARAM * symbol.is_parameter()
    flags |= raw.DEF_LOCAL * symbol.is_assigned() | raw.DEF_NONLOCAL * symbol.is_nonlocal()
    flags |= raw.DEF_IMPORT * symbol.is_imported() | raw.DEF_ANNOT * symbol.is_annotated()
    flags |= raw.DEF_GLOBAL * symbol.is_declared_global()
    return int(flags | _public_scope(table, symbol) << raw.SCOPE_OFF)


def _public_scope(table: public.SymbolTable, symbol: public.Symbol) -> int:
    if symbol.is_free():
        return int(raw.FREE)
    if symbol.is_declared_global():
        return int(raw.GLOBAL_EXPLICIT)
    if not symbol.is_local():
        return int(raw.GLOBAL_IMPLICIT)
    return int(raw.CELL if _is_captured(table, symbol.get_name()) else raw.LOCAL)


def _is_captured(table: public.SymbolTable, name: str) -> bool:
    """Whether an inner scope holds the name as a free variable; module variables are reached as globals instead."""
    inner = (child for child in table.get_children() if name in child.get_identifiers())
    return table.get_type() != "module" and any(child.lookup(name).is_free() for child in inner)


def _raw_is_known() -> bool:
    """Whether the private tables look as they do in the versions that were read."""
    top = raw.symtable("", "", "exec")
    attributes = ("name", "type", "lineno", "nested", "symbols", "children")
    return top.type in _KIND_OF and all(hasattr(top, attribute) for attribute in attributes)


_RAW_IS_KNOWN = _raw_is_known()
