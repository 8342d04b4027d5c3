"""Looking at a module without touching it: nothing is called, no property or descriptor is asked for its value.

Runs inside the sandbox, with the standard library alone. What it needs is bound before the module is imported, which
may change whatever it likes.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import os
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

MACHINERY = frozenset(
    f"__{name}__" for name in ("builtins", "cached", "doc", "file", "loader", "name", "package", "path", "spec")
)
"""Names that importing puts into every module."""
MOST_TEXT, MOST_ITEMS, MOST_DEPTH, MOST_WRAPPERS = 200, 20, 5, 100
CONSTANTS = (type(None), bool, int, float, complex, str, bytes, type(...))
BUILTINS = (
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
    types.MethodWrapperType,
)

_encode = json.JSONEncoder().encode
_write, _own_id, _exit = os.write, os.getpid, os._exit
_namespace_of = type.__dict__["__dict__"].__get__
_bases_of = type.__dict__["__mro__"].__get__
_name_of = type.__dict__["__qualname__"].__get__
_module_of = type.__dict__["__module__"].__get__
_function_of = {kind: kind.__dict__["__func__"].__get__ for kind in (staticmethod, classmethod)}
_getter_of = property.__dict__["fget"].__get__
_static = inspect.getattr_static
_signature = inspect.signature


def write(channel: int, source: str, module: str, most: int) -> None:
    """Import a module and write what it holds as JSON; ends the process."""
    owner = _own_id()
    sys.path.insert(0, source)
    try:
        imported = importlib.import_module(module)
        report = _Inspection(source, module, most).report(imported)
    except BaseException as error:
        report = {
            "error": [
                _type_name(type(error)).removeprefix("builtins."),
                _said(error).replace(source, ""),
                _line(error, source),
            ]
        }
    if _own_id() != owner:  # the module forked, and this is the other one
        _exit(1)
    left = memoryview(_encode(report).encode())
    while left:
        left = left[_write(channel, left) :]
    _exit(0)


class _Inspection:
    def __init__(self, source: str, module: str, most: int) -> None:
        self._source, self._module, self._most = source, module, most
        self._objects: list[list[Any]] = []
        self._signatures: list[list[Any]] = []
        self._parameters: list[list[Any]] = []
        self._members: list[list[Any]] = []
        self._seen: set[int] = set()
        self._is_cut = False

    def report(self, imported: object) -> dict[str, Any]:
        """Everything that was found."""
        if type(imported) is not types.ModuleType and not issubclass(type(imported), types.ModuleType):
            return {"error": ["TypeError", f"it replaced itself by a {_type_name(type(imported))}", None]}
        namespace = object.__getattribute__(imported, "__dict__")
        place = self._place(namespace.get("__file__"))
        if place is None:
            return {"error": ["ImportError", "another module of that name was found before the repository's", None]}
        self._add("", "module", imported, (place, None), _text(namespace.get("__doc__")))
        for name, value in _sorted(namespace):
            if name not in MACHINERY:
                self._visit(name, value, in_class=False)
        return {
            "objects": self._objects,
            "signatures": self._signatures,
            "parameters": self._parameters,
            "members": self._members,
            "is_cut": self._is_cut,
        }

    def _visit(self, qualname: str, value: Any, in_class: bool) -> None:
        if len(self._objects) + len(self._members) >= self._most:
            self._is_cut = True
            return
        kind = kind_of(value, in_class)
        function = underlying(value)
        if kind == "class":
            self._add(qualname, kind, value, self._class_place(value), _text(_namespace_of(value).get("__doc__")))
            if _module_of(value) == self._module and id(value) not in self._seen:
                self._seen.add(id(value))
                self._enter(qualname, value)
        else:
            self._add(qualname, kind, value, self._function_place(function), _document(value, function))
            self._sign(qualname, kind, value, function)

    def _enter(self, qualname: str, cls: type) -> None:
        """Look at what a class of this module holds, and where its members come from."""
        for name, value in _sorted(_namespace_of(cls)):
            if name not in ("__dict__", "__weakref__", "__doc__", "__module__"):
                self._visit(f"{qualname}.{name}", value, in_class=True)
        members: dict[str, tuple[type, Any]] = {}
        for base in reversed(_bases_of(cls)):
            members |= {name: (base, value) for name, value in _sorted(_namespace_of(base))}
        for name, (base, value) in sorted(members.items()):
            home = _text(_module_of(base)), _text(_name_of(base))
            self._members.append([qualname, name, kind_of(value, True), _type_name(type(value)), *home])

    def _add(
        self, qualname: str, kind: str, value: Any, place: tuple[str | None, int | None], document: str | None
    ) -> None:
        home = _home(value, underlying(value))
        self._objects.append([qualname, kind, _type_name(type(value)), *home, *place, document])

    def _sign(self, qualname: str, kind: str, value: Any, function: types.FunctionType | None) -> None:
        if function is not None and kind != "property":
            signature = _signature(_bare(function))
            is_wrapper = function is not _outermost(value)
        elif issubclass(type(value), BUILTINS):
            try:
                signature, is_wrapper = _signature(value), False
            except (ValueError, TypeError) as error:
                self._signatures.append([qualname, None, None, False, _cut(str(error).partition(" object at ")[0])])
                return
        else:
            return
        shown = [_shown(parameter) for parameter in signature.parameters.values()]
        returns = (
            None if signature.return_annotation is signature.empty else annotation_text(signature.return_annotation)
        )
        text = signature.replace(parameters=shown, return_annotation=_returned(signature))
        self._signatures.append([qualname, str(text), returns, is_wrapper, None])
        for position, parameter in enumerate(signature.parameters.values()):
            self._parameters.append([qualname, position, *_described(parameter)])

    def _place(self, path: object) -> str | None:
        """A path below the sources, from there."""
        if type(path) is not str or not path.startswith(f"{self._source}/"):
            return None
        return path[len(self._source) + 1 :]

    def _function_place(self, function: types.FunctionType | None) -> tuple[str | None, int | None]:
        place = self._place(function.__code__.co_filename) if function else None
        return (place, function.__code__.co_firstlineno) if function and place else (None, None)

    def _class_place(self, cls: type) -> tuple[str | None, int | None]:
        module = sys.modules.get(_text(_module_of(cls)) or "")
        if not issubclass(type(module), types.ModuleType):
            return None, None
        place = self._place(object.__getattribute__(module, "__dict__").get("__file__"))
        line = _namespace_of(cls).get("__firstlineno__")
        return place, line if place and type(line) is int else None


def kind_of(value: object, in_class: bool) -> str:
    """What an object is, by its type alone."""
    kind = type(value)
    if issubclass(kind, type):
        return "class"
    if kind is types.FunctionType:
        return "method" if in_class else "function"
    for base, name in (
        (types.ModuleType, "module"),
        (staticmethod, "staticmethod"),
        (classmethod, "classmethod"),
        (property, "property"),
        (functools.cached_property, "property"),
        (BUILTINS, "builtin"),
    ):
        if issubclass(kind, base):
            return name
    return "other"


def underlying(value: object) -> types.FunctionType | None:
    """The function that somebody wrote, below decorators that say what they wrap."""
    function: Any = _outermost(value)
    for _ in range(MOST_WRAPPERS):
        wrapped = _static(function, "__wrapped__", None) if _may_wrap(function) else None
        if not _may_wrap(wrapped):
            break
        function = wrapped
    return function if type(function) is types.FunctionType else None


def _outermost(value: object) -> object:
    kind = type(value)
    for wrapper, get in _function_of.items():
        if issubclass(kind, wrapper):
            return get(value)
    if issubclass(kind, property):
        return _getter_of(value)
    if kind is functools.cached_property:
        return object.__getattribute__(value, "func")
    return value


def _may_wrap(value: object) -> bool:
    return type(value) is types.FunctionType or type(value) is functools._lru_cache_wrapper


def _bare(function: types.FunctionType) -> types.FunctionType:
    """The same function without the attributes that would be believed instead of it."""
    bare = types.FunctionType(function.__code__, {}, function.__name__, function.__defaults__, function.__closure__)
    bare.__kwdefaults__, bare.__annotations__ = function.__kwdefaults__, dict(function.__annotations__)
    return bare


class _Shown:
    """Stands for a value in a signature's text."""

    def __init__(self, text: str | None) -> None:
        self._text = "..." if text is None else text

    def __repr__(self) -> str:
        return self._text


def _shown(parameter: inspect.Parameter) -> inspect.Parameter:
    empty = parameter.empty
    default = empty if parameter.default is empty else _Shown(default_text(parameter.default))
    annotation = empty if parameter.annotation is empty else _Shown(_annotation_shown(parameter.annotation))
    return parameter.replace(default=default, annotation=annotation)


def _returned(signature: inspect.Signature) -> object:
    empty = signature.return_annotation is signature.empty
    return signature.empty if empty else _Shown(_annotation_shown(signature.return_annotation))


def _annotation_shown(annotation: object) -> str | None:
    return repr(_cut(annotation)) if type(annotation) is str else annotation_text(annotation)


def _described(parameter: inspect.Parameter) -> Iterator[Any]:
    has_default, has_annotation = parameter.default is not parameter.empty, parameter.annotation is not parameter.empty
    yield parameter.name
    yield parameter.kind.name.lower()
    yield has_default
    yield default_text(parameter.default) if has_default else None
    yield has_annotation
    yield annotation_text(parameter.annotation) if has_annotation else None


def default_text(value: Any, depth: int = 0) -> str | None:
    """A simple constant as Python source, cut where it is long; None for everything else."""
    kind = type(value)
    if kind is tuple and len(value) <= MOST_ITEMS and depth < MOST_DEPTH:
        items = [default_text(item, depth + 1) for item in value]
        if None in items:
            return None
        return f"({', '.join(map(str, items))}{',' if len(items) == 1 else ''})"
    if kind not in CONSTANTS or (kind is int and value.bit_length() > 4 * MOST_TEXT):
        return None
    return _cut(repr(value[: MOST_TEXT + 1] if kind in (str, bytes) else value))


def annotation_text(annotation: Any, depth: int = 0) -> str | None:
    """An annotation as its reader would write it, as far as it is made of names; None for everything else."""
    if type(annotation) is str:
        return _cut(annotation)
    if annotation is None or annotation is type(None):
        return "None"
    if annotation is ...:
        return "..."
    if issubclass(type(annotation), type) and type(annotation) is not types.GenericAlias:
        return _type_name(annotation).removeprefix("builtins.")
    if depth < MOST_DEPTH and type(annotation) in (types.GenericAlias, types.UnionType):
        arguments = [annotation_text(item, depth + 1) for item in annotation.__args__]
        if None in arguments:
            return None
        if type(annotation) is types.UnionType:
            return " | ".join(map(str, arguments))
        origin = annotation_text(annotation.__origin__, depth + 1)
        return origin and f"{origin}[{', '.join(map(str, arguments)) or '()'}]"
    return None


def _home(value: object, function: types.FunctionType | None) -> tuple[str | None, str | None]:
    """Module and qualified name, as the object says where it was written."""
    if issubclass(type(value), type):
        return _text(_module_of(value)), _text(_name_of(value))
    if issubclass(type(value), types.ModuleType):
        return _text(object.__getattribute__(value, "__dict__").get("__name__")), None
    if function is not None:
        return _text(function.__module__), _text(function.__qualname__)
    if issubclass(type(value), BUILTINS):
        return _text(_static(value, "__module__", None)), _text(getattr(value, "__qualname__", None))
    return None, None


def _document(value: object, function: types.FunctionType | None) -> str | None:
    document = function.__doc__ if function is not None else None
    if document is None and issubclass(type(value), BUILTINS):
        document = getattr(value, "__doc__", None)
    return _text(document)


def _sorted(namespace: Mapping[Any, Any]) -> list[tuple[str, Any]]:
    names = [name for name in dict.copy(dict(namespace)) if type(name) is str]
    return [(name, namespace[name]) for name in sorted(names)]


def _type_name(kind: type) -> str:
    module, name = _text(_module_of(kind)), _text(_name_of(kind)) or "?"
    return f"{module}.{name}" if module else name


def _text(value: object) -> str | None:
    return value if type(value) is str else None


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"


def _said(error: BaseException) -> str:
    try:
        return str(error)[:2000]
    except BaseException:
        return ""


def _line(error: BaseException, source: str) -> list[Any] | None:
    """File and line of the sources where it was raised."""
    found = None
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.startswith(f"{source}/"):
            found = [name[len(source) + 1 :], trace.tb_lineno]
        trace = trace.tb_next
    return found
