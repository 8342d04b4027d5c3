"""The words of the graph: node kinds, edge kinds, which pairs an edge may join, and what each syntax class becomes.

Names without a prefix are those of the code property graph specification 1.1 and keep its meaning; ours begin with
`PY_`.
"""

from __future__ import annotations

from types import MappingProxyType

NODE_KINDS = (
    "META_DATA",
    "FILE",
    "NAMESPACE_BLOCK",
    "NAMESPACE",
    "TYPE_DECL",
    "TYPE",
    "TYPE_PARAMETER",
    "MEMBER",
    "METHOD",
    "METHOD_PARAMETER_IN",
    "METHOD_PARAMETER_OUT",
    "METHOD_RETURN",
    "MODIFIER",
    "ANNOTATION",
    "BLOCK",
    "CONTROL_STRUCTURE",
    "CALL",
    "IDENTIFIER",
    "FIELD_IDENTIFIER",
    "LITERAL",
    "LOCAL",
    "METHOD_REF",
    "TYPE_REF",
    "RETURN",
    "JUMP_TARGET",
    "CLOSURE_BINDING",
    "IMPORT",
    "DEPENDENCY",
    "TAG",
    "COMMENT",
    "UNKNOWN",
    "PY_PATTERN",
    "PY_WITH_ITEM",
)
"""Every node kind that a task emits today."""

EDGE_KINDS = (
    "AST",
    "CONTAINS",
    "SOURCE_FILE",
    "REF",
    "IMPORTS",
    "INHERITS_FROM",
    "ARGUMENT",
    "RECEIVER",
    "CALL",
    "CFG",
    "DOMINATE",
    "POST_DOMINATE",
    "CDG",
    "REACHING_DEF",
    "CONDITION",
    "TRUE_BODY",
    "FALSE_BODY",
    "FOR_BODY",
    "TRY_BODY",
    "CATCH_BODY",
    "FINALLY_BODY",
    "PARAMETER_LINK",
    "CAPTURE",
    "CAPTURED_BY",
    "IS_CALL_FOR_IMPORT",
    "TAGGED_BY",
    "PY_RESOLVES_TO",
)
"""Every edge kind that a task emits today."""

ORIGINS = ("files", "ast", "symtable", "bytecode", "names")
"""Which evidence a graph row comes from: four extract layers, and our own resolution of names over them."""

EDGE_METHODS = (
    "syntax",
    "file",
    "evaluation",
    "binding",
    "type",
    "base",
    "import",
    "argument",
    "receiver",
    "operator",
    "flow",
    "syntax_flow",
    "closure",
    "global",
    "enclosing_class",
)
"""Rules that find edges other than calls of functions."""

CALL_METHODS = (
    "name", "member", "class", "self", "cls", "super", "lambda", "value", "callback", "builtin", "external",
)  # fmt: skip
"""Rules that find what a call calls; `import` is one of them too."""

EXPRESSION_KINDS = (
    "CALL",
    "IDENTIFIER",
    "FIELD_IDENTIFIER",
    "LITERAL",
    "METHOD_REF",
    "TYPE_REF",
    "BLOCK",
    "CONTROL_STRUCTURE",
    "RETURN",
    "UNKNOWN",
)
"""The kinds that the specification calls expressions."""

CONTAINED_KINDS = (*EXPRESSION_KINDS, "JUMP_TARGET")
"""What a METHOD may CONTAIN."""

_BODY_KINDS = (*CONTAINED_KINDS, "IMPORT", "PY_WITH_ITEM", "PY_PATTERN")

EVALUATED_KINDS = (*_BODY_KINDS, "TYPE_PARAMETER")
"""What control flow passes between a METHOD and its METHOD_RETURN: imports and our own kinds are evaluated too."""

_BETWEEN = tuple((kind, (*EVALUATED_KINDS, "METHOD_RETURN")) for kind in EVALUATED_KINDS)
_DEFINING = (
    "IDENTIFIER",
    "METHOD_PARAMETER_IN",
    "CALL",
    "METHOD_REF",
    "TYPE_REF",
    "IMPORT",
    "CONTROL_STRUCTURE",
    "PY_PATTERN",
    "TYPE_PARAMETER",
)
"""What gives a variable its value."""

TREELESS_KINDS = ("FILE", "TYPE", "CLOSURE_BINDING")
"""Nodes of a file that hang on nothing in the syntax tree."""

EDGE_PAIRS = MappingProxyType(
    {
        "AST": (
            ("FILE", ("NAMESPACE_BLOCK",)),
            ("NAMESPACE_BLOCK", ("METHOD",)),
            # A definition's header (decorators, bases, annotations) stays under the definition, as in the source.
            (
                "METHOD",
                (
                    "METHOD_PARAMETER_IN",
                    "METHOD_PARAMETER_OUT",
                    "METHOD_RETURN",
                    "MODIFIER",
                    "ANNOTATION",
                    "TYPE_DECL",
                    "METHOD",
                    "TYPE_DECL",
                    "TYPE_PARAMETER",
                    "LOCAL",
                    *_BODY_KINDS,
                ),
            ),
            ("TYPE_DECL", ("METHOD", "TYPE_DECL", "MODIFIER", "ANNOTATION", "MEMBER", "TYPE_PARAMETER", *_BODY_KINDS)),
            ("TYPE_PARAMETER", EXPRESSION_KINDS),
            ("METHOD_PARAMETER_IN", EXPRESSION_KINDS),
            ("BLOCK", ("LOCAL", "TYPE_PARAMETER", *_BODY_KINDS)),
            ("CONTROL_STRUCTURE", _BODY_KINDS),
            ("JUMP_TARGET", _BODY_KINDS),
            ("CALL", ("TYPE_PARAMETER", "IMPORT", *EXPRESSION_KINDS)),
            ("RETURN", EXPRESSION_KINDS),
            ("UNKNOWN", EXPRESSION_KINDS),
            ("PY_WITH_ITEM", EXPRESSION_KINDS),
            ("PY_PATTERN", (*EXPRESSION_KINDS, "PY_PATTERN")),
        ),
        "CONTAINS": (
            ("FILE", ("METHOD", "TYPE_DECL")),
            ("TYPE_DECL", ("METHOD",)),
            ("METHOD", CONTAINED_KINDS),
        ),
        "SOURCE_FILE": (
            ("METHOD", ("FILE",)),
            ("TYPE_DECL", ("FILE",)),
            ("NAMESPACE_BLOCK", ("FILE",)),
        ),
        "REF": (
            ("IDENTIFIER", ("LOCAL", "MEMBER", "METHOD_PARAMETER_IN", "TYPE_PARAMETER")),
            ("METHOD_REF", ("METHOD",)),
            ("TYPE", ("TYPE_DECL",)),
            ("NAMESPACE_BLOCK", ("NAMESPACE",)),
            ("CLOSURE_BINDING", ("LOCAL", "METHOD_PARAMETER_IN")),
        ),
        "IMPORTS": (("IMPORT", ("DEPENDENCY",)),),
        "INHERITS_FROM": (("TYPE_DECL", ("TYPE",)),),
        "ARGUMENT": (("CALL", EXPRESSION_KINDS), ("RETURN", EXPRESSION_KINDS)),
        "RECEIVER": (("CALL", EXPRESSION_KINDS),),
        "CALL": (("CALL", ("METHOD",)),),
        "CFG": (("METHOD", (*EVALUATED_KINDS, "METHOD_RETURN")), *_BETWEEN),
        "DOMINATE": (("METHOD", (*EVALUATED_KINDS, "METHOD_RETURN")), *_BETWEEN),
        "POST_DOMINATE": tuple((kind, ("METHOD", *EVALUATED_KINDS)) for kind in ("METHOD_RETURN", *EVALUATED_KINDS)),
        "CDG": tuple((kind, EVALUATED_KINDS) for kind in EVALUATED_KINDS),
        "REACHING_DEF": tuple((kind, ("IDENTIFIER", "CALL")) for kind in _DEFINING),
        "CONDITION": (("CONTROL_STRUCTURE", EXPRESSION_KINDS),),
        "TRUE_BODY": (("CONTROL_STRUCTURE", ("BLOCK",)),),
        "FALSE_BODY": (("CONTROL_STRUCTURE", ("BLOCK",)),),
        "FOR_BODY": (("CONTROL_STRUCTURE", ("BLOCK",)),),
        "TRY_BODY": (("CONTROL_STRUCTURE", ("BLOCK",)),),
        "CATCH_BODY": (("CONTROL_STRUCTURE", ("CONTROL_STRUCTURE",)),),
        "FINALLY_BODY": (("CONTROL_STRUCTURE", ("BLOCK",)),),
        "PARAMETER_LINK": (("METHOD_PARAMETER_IN", ("METHOD_PARAMETER_OUT",)),),
        "CAPTURE": (("METHOD_REF", ("CLOSURE_BINDING",)), ("TYPE_REF", ("CLOSURE_BINDING",))),
        "CAPTURED_BY": (("LOCAL", ("CLOSURE_BINDING",)),),
        "IS_CALL_FOR_IMPORT": (("CALL", ("IMPORT",)),),
        "TAGGED_BY": (("FILE", ("TAG",)),),
        "PY_RESOLVES_TO": (("IMPORT", ("METHOD", "TYPE_DECL", "NAMESPACE_BLOCK", "LOCAL", "MEMBER")),),
    }
)
"""Edge kind → (source kind, allowed destination kinds)."""

SYNTAX_KINDS = MappingProxyType(
    {
        # Frequent classes first: the mapping becomes a CASE, read in this order.
        "IDENTIFIER": ("Name",),
        "LITERAL": ("Constant",),
        # The specification spells operators, accesses, displays and assignments as calls of `<operator>.…`.
        "CALL": (
            "Attribute",
            "Call",
            "Assign",
            "Subscript",
            "Tuple",
            "Compare",
            "BinOp",
            "List",
            "BoolOp",
            "UnaryOp",
            "JoinedStr",
            "FormattedValue",
            "Dict",
            "Set",
            "AugAssign",
            "AnnAssign",
            "NamedExpr",
            "TypeAlias",
            "IfExp",
            "Slice",
            "Starred",
            "Await",
            "Yield",
            "YieldFrom",
            "Assert",
            "Delete",
        ),
        "METHOD_PARAMETER_IN": ("arg",),
        "METHOD": ("FunctionDef", "AsyncFunctionDef", "Lambda", "Module", "Expression", "Interactive", "FunctionType"),
        "TYPE_DECL": ("ClassDef",),
        "RETURN": ("Return",),
        "IMPORT": ("alias",),
        "CONTROL_STRUCTURE": (
            "If",
            "For",
            "AsyncFor",
            "While",
            "Try",
            "TryStar",
            "ExceptHandler",
            "Raise",
            "Break",
            "Continue",
            "Match",
            "comprehension",
        ),
        # A block yields the value of its last expression; a comprehension is a block around its loops.
        "BLOCK": ("With", "AsyncWith", "ListComp", "SetComp", "DictComp", "GeneratorExp"),
        # A case is a place that the SWITCH jumps to.
        "JUMP_TARGET": ("match_case",),
        "PY_WITH_ITEM": ("withitem",),
        "PY_PATTERN": (
            "MatchValue",
            "MatchSingleton",
            "MatchSequence",
            "MatchMapping",
            "MatchClass",
            "MatchStar",
            "MatchAs",
            "MatchOr",
        ),
        "TYPE_PARAMETER": ("TypeVar", "ParamSpec", "TypeVarTuple"),
        "COMMENT": ("TypeIgnore",),
        # Statements that only steer the compiler or do nothing: the specification has no kind for them.
        "UNKNOWN": ("Pass", "Global", "Nonlocal"),
    }
)
"""Node kind → the `ast` classes that become it."""

TRANSPARENT = ("arguments", "keyword", "Expr", "Import", "ImportFrom")
"""Wrappers without a counterpart in the graph: their children hang on what the wrapper hangs on."""

DESTRUCTURING = ("Tuple", "List", "Starred")
"""Displays that are patterns, not operators, when they are assigned to or deleted: these become UNKNOWN."""

CONTROL_STRUCTURE_TYPES = MappingProxyType(
    {
        "If": "IF",
        "For": "FOR",
        "AsyncFor": "FOR",
        "comprehension": "FOR",
        "While": "WHILE",
        "Try": "TRY",
        "TryStar": "TRY",
        "ExceptHandler": "CATCH",
        "Raise": "THROW",
        "Break": "BREAK",
        "Continue": "CONTINUE",
        "Match": "SWITCH",
    }
)
"""`ast` class → the specification's CONTROL_STRUCTURE_TYPE."""
