"""The SCIP protocol's messages, as far as they are read, described at run time: no generated code, no compiler.

Only numbers and types of fields matter to the wire. Enumerations are read as integers, so that a value which a newer
indexer writes is kept; fields that are not named here are passed over.
"""

from __future__ import annotations

from functools import cache
from typing import Any

_MESSAGES = {
    "ToolInfo": "1 name string, 2 version string, 3 arguments string*",
    "Metadata": "2 tool_info ToolInfo, 3 project_root string",
    "Document": (
        "1 relative_path string, 2 occurrences Occurrence*, 3 symbols SymbolInformation*, 4 language string, "
        "5 text string, 6 position_encoding int32"
    ),
    "SingleLineRange": "1 line int32, 2 start_character int32, 3 end_character int32",
    "MultiLineRange": "1 start_line int32, 2 start_character int32, 3 end_line int32, 4 end_character int32",
    "Occurrence": (
        "1 range int32*, 2 symbol string, 3 symbol_roles int32, 4 override_documentation string*, 5 syntax_kind int32, "
        "6 diagnostics Diagnostic*, 7 enclosing_range int32*, 8 single_line_range SingleLineRange typed_range, "
        "9 multi_line_range MultiLineRange typed_range, "
        "10 single_line_enclosing_range SingleLineRange typed_enclosing_range, "
        "11 multi_line_enclosing_range MultiLineRange typed_enclosing_range"
    ),
    "Diagnostic": "1 severity int32, 2 code string, 3 message string, 4 source string, 5 tags int32*",
    "SymbolInformation": (
        "1 symbol string, 3 documentation string*, 4 relationships Relationship*, 5 kind int32, 6 display_name string, "
        "7 signature_documentation Signature, 8 enclosing_symbol string"
    ),
    "Signature": "4 language string, 5 text string",
    "Relationship": (
        "1 symbol string, 2 is_reference bool, 3 is_implementation bool, 4 is_type_definition bool, "
        "5 is_definition bool"
    ),
}
"""By name: number, name and type of each field, and the choice (a `oneof`) that it belongs to; `*` is for repeated."""

INDEX_METADATA, INDEX_DOCUMENTS, INDEX_EXTERNAL_SYMBOLS = 1, 2, 3
"""Fields of the outermost message, which is never read as one: it may be larger than memory."""
DOCUMENT_PATH = 1


@cache
def message(name: str) -> Any:
    """The class of a message; protobuf is imported only where an index is read."""
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"scip.{name}"))


@cache
def decode_errors() -> tuple[type[Exception], ...]:
    """What decoding raises for bytes that are no such message."""
    from google.protobuf.message import DecodeError

    return (DecodeError, MemoryError, RecursionError, ValueError)


@cache
def _pool() -> Any:
    """A pool of our own: whoever else describes SCIP in this process does not get in the way."""
    from google.protobuf import descriptor_pb2, descriptor_pool

    file = descriptor_pb2.FileDescriptorProto(name="scip.proto", package="scip", syntax="proto3")
    for name, fields in _MESSAGES.items():
        described = file.message_type.add(name=name)
        described_fields = [field.split() for field in fields.split(", ")]
        choices = list(dict.fromkeys(choice for _, _, _, *rest in described_fields for choice in rest))
        for choice in choices:
            described.oneof_decl.add(name=choice)
        for number, field, kind, *choice_of in described_fields:
            index = {"oneof_index": choices.index(choice_of[0])} if choice_of else {}
            described.field.add(**_field(number, field, kind), **index)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def _field(number: str, name: str, kind: str) -> dict[str, Any]:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto

    kind, many = kind.removesuffix("*"), kind.endswith("*")
    label = FieldDescriptorProto.LABEL_REPEATED if many else FieldDescriptorProto.LABEL_OPTIONAL
    found = {"name": name, "number": int(number), "label": label}
    if kind in _MESSAGES:
        return {**found, "type": FieldDescriptorProto.TYPE_MESSAGE, "type_name": f".scip.{kind}"}
    return {**found, "type": getattr(FieldDescriptorProto, f"TYPE_{kind.upper()}")}
