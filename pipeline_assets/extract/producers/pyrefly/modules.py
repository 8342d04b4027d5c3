"""One module's documents, read into facts."""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Callable, Sequence

from pipeline_assets.extract.producers.pyrefly.facts import NOTHING, Expressions, Facts
from pipeline_assets.extract.producers.pyrefly.report import (
    CALLS,
    DEFINITIONS,
    TYPES,
    UNEXPECTED,
    Document,
    Module,
    UnknownFormat,
    parsed,
)

SITES = {
    "Call": "call",
    "AttributeAccess": "attribute",
    "Identifier": "name",
    "Define": "definition",
    "FormatStringArtificial": "format_string",
    "FormatStringStringify": "stringify",
}
ROLES = {
    "call_targets": "call",
    "init_targets": "init",
    "new_targets": "new",
    "define_targets": "definition",
    "property_getters": "getter",
    "property_setters": "setter",
    "targets": "format",
}
BY_CLASS = "artificial-call|class-decorator"

PARAMETERS = {
    "PosOnly": "positional_only",
    "Pos": "positional",
    "VarArg": "variadic",
    "KwOnly": "keyword_only",
    "Kwargs": "variadic_keyword",
}

OVERRIDES, OBJECT_RECEIVER, CLASS_RECEIVER, DUNDER_CALL, CLASS_METHOD, STATIC_METHOD = (1 << bit for bit in range(6))
RETURNS = 6
"""Where the four bits begin that say which scalars are returned."""
RECEIVERS = {"TrueWithObjectReceiver": OBJECT_RECEIVER, "TrueWithClassReceiver": CLASS_RECEIVER}

FUNCTION_FLAGS = (
    "is_overload",
    "is_staticmethod",
    "is_classmethod",
    "is_property_getter",
    "is_property_setter",
    "is_stub",
)
CLASS_FLAGS = ("is_synthesized", "is_dataclass", "is_named_tuple", "is_typed_dict")


def read_module(facts: Facts, module: Module, file: int) -> None:
    """Enter everything that the report says about one file; raises what malformed documents make it raise."""
    missing = [folder for folder in (DEFINITIONS, CALLS, TYPES) if folder not in module.documents]
    if missing:
        raise UnknownFormat(f"the report holds no {' and no '.join(missing)} of it")
    source = facts.definitions.sources[module.number]
    _Definitions(facts, module, file).read(source.document())
    _Types(facts, file).read(parsed(module.documents[TYPES]))
    _Calls(facts, module, file).read(parsed(module.documents[CALLS]))
    source.forget()  # what others refer to has its code by now


class _Types:
    """The types of expressions."""

    def __init__(self, facts: Facts, file: int) -> None:
        self.facts, self.file = facts, file

    def read(self, document: Document) -> None:
        """Enter the document; each function has a table of types of its own."""
        for function in document["functions"].values():
            locations = function["locations"]
            if locations:
                codes = [self.facts.type_code(entry) for entry in function["type_table"]]
                first = self.facts.places.extend(self.file, locations)
                self.facts.expressions.append(
                    Expressions(first, array("q", map(codes.__getitem__, locations.values())))
                )


class _Calls:
    """Call sites, and names and attributes that stand for something that can be called."""

    def __init__(self, facts: Facts, module: Module, file: int) -> None:
        self.facts, self.module, self.file = facts, module, file

    def read(self, document: Document) -> None:
        """Enter the document: for each function, what is found at each place of its body."""
        for function, graph in document["call_graphs"].items():
            name = {"module_id": self.module.number, "function_id": function}
            names = {"module_name": self.module.name, "function_name": function}
            self._read_graph(self.facts.function(name | names), graph)

    def _read_graph(self, caller: int, graph: Document) -> None:
        facts = self.facts
        bodies, labels, add = facts.bodies.codes, facts.labels, facts.sites.numbers.extend
        keys = [key.partition("|") for key in graph]
        place = facts.places.extend(self.file, [location for location, _, _ in keys])
        for (_, _, detail), entry in zip(keys, graph.values(), strict=True):
            for kind, body in entry.items():
                if kind == "Identifier":
                    detail = ""  # the name itself
                label = labels.get((kind, detail))
                if label is None:
                    label = labels.setdefault((kind, detail), len(labels))
                content = marshal.dumps(body, 2)
                code = bodies.get(content)
                if code is None:
                    code = self._add_body(content, body)
                add((place, label, caller, code))
            place += 1

    def _add_body(self, content: bytes, body: Document) -> int:
        bodies = self.facts.bodies
        targets, captures = bodies.targets.rows.numbers, bodies.captures.rows.numbers
        lengths = len(targets), len(captures)
        try:
            self._read_body(body, NOTHING)
        except UNEXPECTED:
            del targets[lengths[0] :], captures[lengths[1] :]
            raise
        bodies.targets.close()
        bodies.captures.close()
        return bodies.codes.setdefault(content, len(bodies.codes))

    def _read_body(self, body: Document, argument: int) -> None:
        for key, value in body.items():
            role = ROLES.get(key)
            if role is not None:
                self._add_targets(role, argument, value)
            elif key == "if_called":
                self._read_body(value, argument)
            elif key == "higher_order_parameters":
                for parameter in value.values():
                    self._read_body(parameter, int(parameter["index"]))
            elif key == "global_targets":
                for each in value:
                    self._add("global", argument, self.facts.variable(each))
            elif key == "captured_variables":
                self._add_captures(value)
            elif key == "unresolved":
                self._add_unresolved(argument, value)

    def _add_targets(self, role: str, argument: int, targets: Sequence[Document]) -> None:
        facts = self.facts
        for entry in targets:
            target, flags = entry["target"], _target_flags(entry)
            if isinstance(target, str):
                code = facts.format_string()
            elif "Function" in target:
                code = facts.function(target["Function"])
            else:
                code, flags = facts.function(target["Overrides"]), flags | OVERRIDES
            receiver = facts.class_name(entry.get("receiver_class"))
            facts.bodies.targets.rows.add(facts.texts.code(role), argument, code, receiver, flags, NOTHING)

    def _add_captures(self, variables: Sequence[Document]) -> None:
        facts = self.facts
        for each in variables:
            facts.bodies.captures.rows.add(facts.texts.code(each["name"]), facts.function(each["outer_function"]))

    def _add_unresolved(self, argument: int, reason: Document | str) -> None:
        if reason != "False":
            why = next(iter(reason.values())) if isinstance(reason, dict) else reason
            self._add("unresolved", argument, NOTHING, self.facts.texts.code(str(why)))

    def _add(self, role: str, argument: int, target: int, reason: int = NOTHING) -> None:
        self.facts.bodies.targets.rows.add(self.facts.texts.code(role), argument, target, NOTHING, 0, reason)


def site_of(kind: str, detail: str) -> tuple[str, str | None]:
    """What the expression of a site is, and the construct that calls, if no call is written."""
    origin = detail.partition("|")[2]
    return SITES.get(kind, kind), origin or None


def _target_flags(entry: Document) -> int:
    flags = RECEIVERS.get(entry.get("implicit_receiver", ""), 0)
    if "implicit_dunder_call" in entry:
        flags |= DUNDER_CALL
    if "is_class_method" in entry:
        flags |= CLASS_METHOD
    if "is_static_method" in entry:
        flags |= STATIC_METHOD
    if "return_type" in entry:
        flags |= returns_bits(entry["return_type"]) << RETURNS
    return flags


def returns_bits(entry: Document) -> int:
    """Which scalars a call returns, as bits in the order of `SCALARS`."""
    return sum(1 << bit for bit, name in enumerate(("is_bool", "is_int", "is_float", "is_enum")) if entry.get(name))


class _Definitions:
    """Functions, classes and global variables, and the types that they are declared or found to have."""

    def __init__(self, facts: Facts, module: Module, file: int) -> None:
        self.facts, self.module, self.file = facts, module, file
        self.code: Callable[[str | None], int] = facts.texts.code

    def read(self, document: Document) -> None:
        """Enter the document."""
        for key, entry in document["function_definitions"].items():
            self._read_function(self._reference(key, entry), entry)
        for key, entry in document["class_definitions"].items():
            self._read_class(self._reference(f"CTL:{key}", entry), entry)
        for name, entry in document["global_variables"].items():
            self.facts.variable({"module_id": self.module.number, "name": name})
            if "type" in entry:
                place = self.facts.places.add(self.file, entry.get("location"))
                self._declare(place, "variable", NOTHING, name, entry["type"])

    def _reference(self, key: str, entry: Document) -> int:
        names = {"module_name": self.module.name, "function_name": entry["name"]}
        return self.facts.function({"module_id": self.module.number, "function_id": key, **names})

    def _read_function(self, function: int, entry: Document) -> None:
        facts, signatures = self.facts, entry["undecorated_signatures"]
        place = facts.places.add(self.file, entry.get("name_location"))
        holder = facts.class_name(entry.get("defining_class"))
        for overload, signature in enumerate(signatures):
            self._read_signature(function, place, overload, signature)
        shapes = ",".join(dict.fromkeys(_shape(signature["parameters"]) for signature in signatures))
        flags = _flags(entry, FUNCTION_FLAGS)
        facts.functions.add(self.file, place, function, holder, flags, self.code(shapes), len(signatures))
        if "overridden_base_method" in entry:
            base = facts.function(entry["overridden_base_method"])
            facts.overrides.add(self.file, place, function, holder, base)
        for variable in entry.get("captured_variables", ()):
            owner = facts.function(variable["outer_function"])
            facts.captures.add(self.file, NOTHING, function, self.code(variable["name"]), owner)

    def _read_signature(self, function: int, place: int, overload: int, signature: Document) -> None:
        self._declare(place, "return", function, None, signature["return_annotation"], overload=overload)
        listed = signature["parameters"]
        for position, parameter in enumerate(listed["List"] if isinstance(listed, dict) else ()):
            ((kind, value),) = parameter.items()
            self._declare(
                place,
                "parameter",
                function,
                value.get("name"),
                value["annotation"],
                kind=PARAMETERS.get(kind, kind),
                overload=overload,
                position=position,
                required=int(bool(value.get("required"))),
            )

    def _read_class(self, body: int, entry: Document) -> None:
        facts = self.facts
        order = entry["mro"]
        mro = facts.class_names(order["Resolved"]) if isinstance(order, dict) else None
        bases = facts.class_names(entry.get("bases", ()))
        fields = entry.get("fields", {})
        facts.class_name({"module_id": self.module.number, "class_id": entry["class_id"]})
        names = (self.code(bases), self.code(mro), _flags(entry, CLASS_FLAGS), self.code(",".join(sorted(fields))))
        facts.classes.add(self.file, facts.places.add(self.file, entry.get("name_location")), body, *names)
        for name, each in fields.items():
            kind, annotation = each.get("declaration_kind"), each.get("explicit_annotation")
            place = facts.places.add(self.file, each.get("location"))
            self._declare(place, "field", body, name, each["type"], kind=kind, annotation=annotation)
        self._read_decorators(entry.get("decorator_callees", {}))

    def _read_decorators(self, callees: Document) -> None:
        """Enter what a class is decorated with as calls of the module; those of functions are in the call graphs."""
        if callees:
            found = {location: [{"target": each} for each in targets] for location, targets in callees.items()}
            sites = {f"{location}|{BY_CLASS}": {"Call": {"call_targets": found[location]}} for location in found}
            _Calls(self.facts, self.module, self.file).read({"call_graphs": {"MTL": sites}})

    def _declare(
        self,
        place: int,
        role: str,
        owner: int,
        name: str | None,
        entry: Document,
        *,
        kind: str | None = None,
        overload: int = NOTHING,
        position: int = NOTHING,
        required: int = NOTHING,
        annotation: str | None = None,
    ) -> None:
        code = self.code
        about = (overload, position, required, code(annotation), self.facts.type_code(entry))
        self.facts.declared.add(self.file, place, code(role), owner, code(name), code(kind), *about)


def _flags(entry: Document, names: Sequence[str]) -> int:
    return sum(1 << bit for bit, name in enumerate(names) if entry.get(name))


def _shape(parameters: Document | str) -> str:
    """How a signature gives its parameters: as a list, or as an ellipsis or parameter specification."""
    return "list" if isinstance(parameters, dict) else str(parameters).lower()
