"""What the numbers of SCIP's enumerations are called; a number without a name is written as it is."""

from __future__ import annotations

from collections.abc import Sequence

_KINDS = """
    Array Assertion AssociatedType Attribute Axiom Boolean Class Constant Constructor DataFamily
    Enum EnumMember Event Fact Field File Function Getter Grammar Instance
    Interface Key Lang Lemma Macro Method MethodReceiver Message Module Namespace
    Null Number Object Operator Package PackageObject Parameter ParameterLabel Pattern Predicate
    Property Protocol Quasiquoter SelfParameter Setter Signature Subscript String Struct Tactic
    Theorem ThisParameter Trait Type TypeAlias TypeClass TypeFamily TypeParameter Union Value
    Variable Contract Error Library Modifier AbstractMethod MethodSpecification ProtocolMethod
    PureVirtualMethod TraitMethod TypeClassMethod Accessor Delegate MethodAlias SingletonClass SingletonMethod
    StaticDataMember StaticEvent StaticField StaticMethod StaticProperty StaticVariable 83 Extension Mixin Concept
"""
KINDS = tuple(_KINDS.split())
"""From 1; 83 was never given out."""
_SYNTAX_KINDS = """
    Comment PunctuationDelimiter PunctuationBracket Keyword IdentifierOperator Identifier IdentifierBuiltin
    IdentifierNull IdentifierConstant IdentifierMutableGlobal IdentifierParameter IdentifierLocal IdentifierShadowed
    IdentifierNamespace IdentifierFunction IdentifierFunctionDefinition IdentifierMacro IdentifierMacroDefinition
    IdentifierType IdentifierBuiltinType IdentifierAttribute RegexEscape RegexRepeated RegexWildcard RegexDelimiter
    RegexJoin StringLiteral StringLiteralEscape StringLiteralSpecial StringLiteralKey CharacterLiteral NumericLiteral
    BooleanLiteral Tag TagAttribute TagDelimiter
"""
SYNTAX_KINDS = tuple(_SYNTAX_KINDS.split())
SEVERITIES = ("Error", "Warning", "Information", "Hint")
DIAGNOSTIC_TAGS = ("Unnecessary", "Deprecated")
UNSPECIFIED = "unspecified"
ENCODINGS = (UNSPECIFIED, "UTF8", "UTF16", "UTF32")
"""Units in which characters of a line are counted, by number from 0."""

ROLES = ("definition", "import", "write", "read", "generated", "test", "forward_definition")
"""By bit, from the lowest."""


def enum_name(names: Sequence[str], number: int) -> str | None:
    """The name of a value, the number itself where it has none; None for the unspecified value."""
    if number == 0:
        return None
    return names[number - 1] if 0 < number <= len(names) else str(number)
