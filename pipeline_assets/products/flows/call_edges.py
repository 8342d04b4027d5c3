"""Steps of calls: arguments to parameters, results to calls, and what calls outside the repository hand on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pipeline_assets.products.flows.edges import ENTER, MADE, RETURN, Edges
from pipeline_assets.products.flows.models import FUNCTIONS, METHODS, OUTSIDE, Rule
from pipeline_assets.products.flows.paths import COPY, DERIVE, ITEM, ITERATE, JOIN, LOAD, STORE
from pipeline_assets.products.flows.program import Program
from pipeline_assets.products.flows.variable_edges import Variables

RESULT = ""


@dataclass(slots=True)
class Argument:
    """An argument as written: which positional one it is (-1: unknown), or its keyword; `*` and `**` are kinds."""

    row: int
    kind: str
    name: str | None
    place: int


@dataclass(slots=True)
class Call:
    """A call expression: what it is written as, with what, and what it may run."""

    row: int
    callee: int
    receiver: int
    method: str
    text: str
    known: str | None
    arguments: list[Argument] = field(default_factory=list)
    targets: list[tuple[int, str, str, str, int]] = field(default_factory=list)
    """Function or class (-1 outside), dotted name, its kind, the rule, the class that is instantiated or -1."""


@dataclass(slots=True)
class Signature:
    """A function's parameters: row, name and kind, in order."""

    row: int
    is_static: bool
    is_class_method: bool
    is_method: bool
    name: str
    parameters: list[tuple[int, str, str]] = field(default_factory=list)


class Calls:
    """Every call of a repository and every function."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.calls = _read_calls(program)
        self.functions = _read_functions(program)
        self.classes = set(np.flatnonzero(program.syntax.of_kind("ClassDef")).tolist())
        targets = program.columns("chains", "target_kind")[0]
        rows, ids = program.rows("chains", "node_id"), program.rows("chains", "target_id")
        known = zip(rows, ids, targets, strict=True)
        self.class_expressions = {row for row, target, kind in known if kind == "definition" and target in self.classes}
        rows, ids = program.rows("names", "node_id"), program.rows("names", "target_id")
        self.class_expressions |= {row for row, target in zip(rows, ids, strict=True) if target in self.classes}


def _add_super(program: Program, edges: Edges, calls: Calls) -> None:
    """`super()` stands for the object that the method around it works on."""
    for call in calls.calls.values():
        if not call.arguments and any(name == "<builtin>.super" for _, name, _, _, _ in call.targets):
            function = calls.functions.get(program.function_around(call.row))
            if function is not None and function.parameters:
                edges.one(function.parameters[0][0], call.row, edges.step("super"))


def add_calls(program: Program, edges: Edges, variables: Variables, assume_outside: bool) -> Calls:
    """Add the steps of all calls; returns the calls."""
    calls = Calls(program)
    _add_results(program, edges, variables, calls)
    for call in calls.calls.values():
        known = [target for target in call.targets if target[2] == "definition" and target[0] in calls.functions]
        for function, _, _, how, made in known:
            _enter(edges, variables, calls, call, calls.functions[function], how, made)
        if not known or any(target[2] in ("external", "builtin") for target in call.targets):
            _outside(program, edges, calls, call, assume_outside)
    _add_super(program, edges, calls)
    _add_implicit(program, edges, variables, calls)
    return calls


def _read_calls(program: Program) -> dict[int, Call]:
    rows, callees = program.rows("sites", "call_id"), program.rows("sites", "callee_id")
    receivers = program.rows("sites", "receiver_id")
    written = program.columns("sites", "shape", "callee_text", "symbol_name", "qualified_name")
    calls = {}
    for row, callee, receiver, shape, text, name, known in zip(rows, callees, receivers, *written, strict=True):
        method = name or ""
        calls[row] = Call(row, callee, receiver, method if shape != "name" else "", text or method, known)
    columns = program.columns("arguments", "kind", "name", "place")
    for row, value, kind, name, place in zip(
        program.rows("arguments", "call_id"), program.rows("arguments", "value_id"), *columns, strict=True
    ):
        calls[row].arguments.append(Argument(value, kind, name, -1 if place is None else place))
    columns = program.columns("targets", "target_name", "target_kind", "method")
    for row, target, name, kind, how, made in zip(
        program.rows("targets", "call_id"),
        program.rows("targets", "target_id"),
        *columns,
        program.rows("targets", "class_id"),
        strict=True,
    ):
        calls[row].targets.append((target, name, kind, how, made))
    return calls


def _read_functions(program: Program) -> dict[int, Signature]:
    names = ("name", "kind", "is_static_method", "is_class_method")
    found = {
        row: Signature(row, static, of_class, class_row >= 0, name)
        for row, class_row, name, kind, static, of_class in zip(
            program.rows("definitions", "definition_id"),
            program.rows("definitions", "class_id"),
            *program.columns("definitions", *names),
            strict=True,
        )
        if kind not in ("module", "class")
    }
    for owner, row, name, kind in zip(
        program.rows("parameters", "definition_id"),
        program.rows("parameters", "parameter_id"),
        *program.columns("parameters", "name", "kind"),
        strict=True,
    ):
        found[owner].parameters.append((row, name, kind))
    return found


def _add_results(program: Program, edges: Edges, variables: Variables, calls: Calls) -> None:
    """What functions return and yield, at a place of its own for each function."""
    generators = {
        row
        for row, yields in zip(
            program.rows("definitions", "definition_id"), *program.columns("definitions", "is_generator"), strict=True
        )
        if yields
    }
    syntax = program.syntax
    value = syntax.child("value")
    for row in np.flatnonzero(syntax.of_kind("Return", "Yield", "YieldFrom")).tolist():
        owner, kind = program.function_around(row), program.kinds[row]
        if owner not in calls.functions or (kind == "Return" and owner in generators):
            continue
        step = {
            "Return": lambda: edges.step("returned"),
            "Yield": lambda: edges.step("yielded", STORE, ITEM),
            "YieldFrom": lambda: edges.step("yielded", JOIN),
        }[kind]()
        edges.one(int(value[row]), variables.place(owner, RESULT), step)
    bodies = syntax.under(np.flatnonzero(syntax.in_field("body")), "Lambda")
    for row in bodies.tolist():
        edges.one(row, variables.place(program.parent[row], RESULT), edges.step("returned"))


def _enter(
    edges: Edges, variables: Variables, calls: Calls, call: Call, function: Signature, how: str, made: int
) -> None:
    """Arguments to the parameters of one function, and its result to the call."""
    parameters, result = function.parameters, variables.place(function.row, RESULT)
    if how == "callback":
        _enter_callback(edges, call, function, result)
        return
    bound = _is_bound(calls, call, function, made)
    if bound and parameters:
        first = parameters[0][0]
        if made >= 0:
            edges.one(call.row, first, edges.step(f"made by {function.name}", kind=MADE, call=call.row))
        elif call.receiver >= 0:
            step = edges.step(f"passed to {function.name} as {parameters[0][1]}", kind=ENTER, call=call.row)
            edges.one(call.receiver, first, step)
    _pass_arguments(edges, call, function, int(bound))
    if made < 0 or function.name == "__new__":
        edges.one(result, call.row, edges.step(f"returned by {function.name}", kind=RETURN, call=call.row))


def _is_bound(calls: Calls, call: Call, function: Signature, made: int) -> bool:
    if not function.is_method:
        return False
    if function.is_static:
        return made >= 0 and function.name == "__new__"
    if made >= 0 or function.is_class_method:
        return True
    return call.receiver not in calls.class_expressions


def _enter_callback(edges: Edges, call: Call, function: Signature, result: int) -> None:
    """A function that a builtin calls with the items of what else it is given."""
    for argument in call.arguments:
        for row, name, _ in function.parameters:
            for operation in (ITERATE, COPY):
                step = edges.step(f"passed to {function.name} as {name}", operation, kind=ENTER, call=call.row)
                edges.one(argument.row, row, step)
    step = edges.step(f"returned by {function.name}", STORE, ITEM, kind=RETURN, call=call.row)
    edges.one(result, call.row, step)


def _pass_arguments(edges: Edges, call: Call, function: Signature, offset: int) -> None:
    positional = [p for p in function.parameters if p[2] in ("positional_only", "positional_or_keyword")][offset:]
    named = {p[1]: p for p in function.parameters if p[2] in ("positional_or_keyword", "keyword_only")}
    rest = next((p for p in function.parameters if p[2] == "var_positional"), None)
    others = next((p for p in function.parameters if p[2] == "var_keyword"), None)

    def enter(source: int, parameter: tuple[int, str, str], operation: int = COPY, label: str = "") -> None:
        reason = f"passed to {function.name} as {parameter[1]}"
        edges.one(source, parameter[0], edges.step(reason, operation, label, ENTER, call.row))

    before, counted = 0, True
    for argument in call.arguments:
        if argument.kind == "positional" and counted:
            if before < len(positional):
                enter(argument.row, positional[before])
            elif rest:
                enter(argument.row, rest, STORE, f"[{before - len(positional)}]")
            before += 1
        elif argument.kind == "positional":
            for parameter in positional[before:]:
                enter(argument.row, parameter)
            if rest:
                enter(argument.row, rest, STORE, ITEM)
        elif argument.kind == "star":
            for at, parameter in enumerate(positional[before:]):
                enter(argument.row, parameter, LOAD, f"[{at}]" if counted else ITEM)
            if rest:
                enter(argument.row, rest, JOIN if before or positional else COPY)
            counted = False
        elif argument.kind == "keyword" and argument.name in named:
            enter(argument.row, named[argument.name])
        elif argument.kind == "keyword" and others:
            enter(argument.row, others, STORE, f"['{argument.name}']")
        elif argument.kind == "double_star":
            for name, parameter in named.items():
                enter(argument.row, parameter, LOAD, f"['{name}']")
            if others:
                enter(argument.row, others)


def _outside(program: Program, edges: Edges, calls: Calls, call: Call, assume: bool) -> None:
    """A call of something without code here: by what is known of it, or handing all on by assumption."""
    fields = _fields_made(program, call)
    if fields is not None:
        _fill_fields(edges, call, fields)
        return
    rules = _rules(call)
    if rules is not None:
        for rule in rules:
            _apply(program, edges, call, rule)
    elif assume:
        step = edges.step(f"through {call.text or 'a call'} (outside)", DERIVE, assumes=True)
        for argument in call.arguments:
            edges.one(argument.row, call.row, step)
        edges.one(call.receiver if call.receiver >= 0 else call.callee, call.row, step)
    _reflect(program, edges, call)


def _rules(call: Call) -> tuple[Rule, ...] | None:
    for _, name, kind, _, _ in call.targets:
        plain = name.removeprefix("<builtin>.")
        if kind == "builtin" and plain in FUNCTIONS:
            return FUNCTIONS[plain]
        if name in OUTSIDE:
            return OUTSIDE[name]
    if call.known in OUTSIDE:
        return OUTSIDE[call.known]
    return METHODS.get(call.method) if call.receiver >= 0 and call.known is None else None


def _apply(program: Program, edges: Edges, call: Call, rule: Rule) -> None:
    source, target, operation, label = rule
    name = call.method or call.text
    if label == "key":
        first = next((a.row for a in call.arguments if a.kind == "positional"), -1)
        label = program.label(first) if first >= 0 else ITEM
    for row, key in _sources(call, source):
        chosen = _chosen(label, source, key)
        if target == "self":
            step = edges.step(f"put in by {name}", operation, chosen, changes=True)
            edges.one(row, call.receiver, step)
        else:
            edges.one(row, call.row, edges.step(f"through {name}", operation, chosen))


def _chosen(label: str, source: str, key: str | None) -> str:
    if label == "place":
        return f"[{key}]"
    return f"['{key}']" if source == "=" and label != "every" else label


def _sources(call: Call, source: str) -> list[tuple[int, str | None]]:
    if source == "self":
        return [(call.receiver, None)]
    if source == "=":
        return [(a.row, a.name) for a in call.arguments if a.kind == "keyword"]
    given = [a for a in call.arguments if a.kind == "positional"]
    if source == "*":
        return [(a.row, str(max(a.place, 0))) for a in given]
    return [(a.row, None) for a in given if a.place == int(source)]


def _reflect(program: Program, edges: Edges, call: Call) -> None:
    """`getattr` and `setattr` with a constant name."""
    targets = {name for _, name, kind, _, _ in call.targets if kind == "builtin"}
    given = [a.row for a in call.arguments if a.kind == "positional"]
    text = program.syntax.values[given[1]] if len(given) > 1 else None
    if text is None or text[:1] not in "'\"":
        return
    label = f".{text[1:-1]}"
    if "<builtin>.getattr" in targets:
        edges.one(given[0], call.row, edges.step(f"attribute {label}", LOAD, label))
    elif "<builtin>.setattr" in targets and len(given) > 2:
        edges.one(given[2], given[0], edges.step(f"stored in {label}", STORE, label, changes=True))


def _fields_made(program: Program, call: Call) -> list[str] | None:
    """The annotated names of a class without an initialiser, in order: fields of a dataclass or named tuple."""
    for _, _, kind, _, made in call.targets:
        if kind == "class" and made >= 0:
            return program.fields_of.get(made)
    return None


def _fill_fields(edges: Edges, call: Call, fields: list[str]) -> None:
    for argument in call.arguments:
        name = argument.name
        if argument.kind == "positional" and 0 <= argument.place < len(fields):
            name = fields[argument.place]
        if name is not None:
            edges.one(argument.row, call.row, edges.step(f"stored in .{name}", STORE, f".{name}"))


def _add_implicit(program: Program, edges: Edges, variables: Variables, calls: Calls) -> None:
    """Properties, `with` and operators that run functions of the repository."""
    syntax = program.syntax
    value, key = syntax.child("value"), syntax.child("slice")
    left, right = syntax.child("left"), syntax.child("right")
    bound = syntax.child("optional_vars")
    for site, way, target in zip(
        program.rows("implicit", "site_node"),
        *program.columns("implicit", "way"),
        program.rows("implicit", "target_id"),
        strict=True,
    ):
        function = calls.functions.get(target)
        if site < 0 or function is None or function.name in ("__setattr__", "__set__") or not function.parameters:
            continue
        receiver, other, result = {
            "property": (int(value[site]), -1, site),
            "get_item": (int(value[site]), int(key[site]), site),
            "binary": (int(left[site]), int(right[site]), site),
            "enter": (site, -1, int(bound[program.parent[site]])),
            "set_attribute": (int(value[site]), site, -1),
        }.get(way, (-1, -1, -1))
        for source, parameter in zip((receiver, other), function.parameters, strict=False):
            reason = f"passed to {function.name} as {parameter[1]}"
            edges.one(source, parameter[0], edges.step(reason, kind=ENTER, call=site))
        step = edges.step(f"returned by {function.name}", kind=RETURN, call=site)
        edges.one(variables.place(target, RESULT), result, step)
