"""The words of the graph: node kinds, edge kinds, which pairs an edge may join, and what each syntax class becomes.

Names without a prefix are those of the code property graph specification 1.1 and keep its meaning; ours begin with
`PY_`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipeline_assets.inference.declared import declared_pure

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
    "FINDING",
    "UNKNOWN",
    "PY_PATTERN",
    "PY_WITH_ITEM",
    "PY_SCOPE",
    "PY_SYMBOL",
    "PY_BINDING",
    "PY_DEF_SITE",
    "PY_USE_SITE",
    "PY_TYPE_EXPR",
    "PY_BASIC_BLOCK",
    "PY_CODE_UNIT",
    "PY_INSTRUCTION",
    "PY_TOKEN",
    "PY_EXPORT",
    "PY_QUALIFIED_NAME",
    "PY_DIAGNOSTIC",
    "PY_UNRESOLVED",
    "PY_TS_NODE",
    "PY_CST_NODE",
    "PY_SCIP_SYMBOL",
    "PY_RUNTIME_OBJECT",
    "PY_RUNTIME_SIGNATURE",
    "PY_RUNTIME_PARAM",
    "PY_RUNTIME_MEMBER",
)
"""Every node kind of the graph. Which of them a repository has depends on its text and on what was asked for."""

REQUESTED_KINDS = MappingProxyType(
    {
        "graph_names": ("PY_SYMBOL", "PY_BINDING"),
        "graph_flow": ("PY_DEF_SITE", "PY_USE_SITE", "PY_BASIC_BLOCK"),
        "graph_instructions": ("PY_INSTRUCTION",),
        "graph_tokens": ("PY_TOKEN",),
        "graph_tree_sitter": ("PY_TS_NODE",),
        "graph_cst": ("PY_CST_NODE",),
    }
)
"""Layer option → the kinds that enter the graph where it was asked for; their datasets hold the same facts always."""

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
    "EVAL_TYPE",
    "ALIAS_OF",
    "PY_SCOPE_PARENT",
    "PY_DECLARES",
    "PY_BINDS",
    "PY_READS",
    "PY_WRITES",
    "PY_DELETES",
    "PY_DEF_SITE_OF",
    "PY_USE_SITE_OF",
    "PY_TYPE_PARAM_OF",
    "PY_RE_EXPORTS",
    "PY_MRO",
    "PY_OVERRIDES",
    "PY_DECORATES",
    "PY_IMPLICIT_CALL",
    "PY_RAISES",
    "PY_SUSPENDS_TO",
    "PY_RESUMES_AT",
    "PY_HAS_ANNOTATION",
    "PY_INFERRED_TYPE",
    "PY_HAS_DIAGNOSTIC",
    "PY_CALLS_QUALNAME",
    "PY_SCIP_REFERENCE",
    "PY_SCIP_DEFINITION",
    "PY_SCIP_IMPLEMENTATION",
    "PY_SCIP_TYPE_DEFINITION",
    "PY_HAS_SIGNATURE",
    "PY_HAS_PARAM",
    "PY_HAS_MEMBER",
)
"""Every edge kind of the graph."""

ORIGINS = (
    "files",
    "ast",
    "symtable",
    "bytecode",
    "names",
    "tokens",
    "tree_sitter",
    "cst",
    "pyrefly",
    "scip",
    "runtime",
    "diagnostics",
)
"""Which evidence a graph row comes from: extract layers, our own resolution of `names` over them, and what several of
them say is wrong (`diagnostics`)."""

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
    "scope",
    "access",
    "annotation",
    "inference",
    "raise",
    "order",
    "override",
    "decorator",
    "implicit",
    "suspension",
    "export",
    "open_question",
    "qualified_name",
    "diagnostic",
    "rule",
    "index",
    "runtime",
)
"""Rules that find edges other than calls of functions."""

CALL_METHODS = (
    "name", "member", "class", "self", "cls", "super", "lambda", "value", "callback", "builtin", "external",
    "pyrefly",
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
_VARIABLES = ("LOCAL", "MEMBER", "METHOD_PARAMETER_IN", "TYPE_PARAMETER")
"""What names denote."""
_ENTITIES = ("METHOD", "TYPE_DECL", "NAMESPACE_BLOCK", "LOCAL", "MEMBER", "METHOD_PARAMETER_IN", "TYPE_PARAMETER")
"""What a module may pass on; of a name that several things bind one is a parameter or a type parameter."""
_SCOPED = ("METHOD", "TYPE_DECL", "BLOCK", "CALL", "TYPE_PARAMETER")
"""What opens a scope."""
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

SYNTAX_TREE_PY_KINDS = ("PY_PATTERN", "PY_WITH_ITEM")
"""The kinds of ours that stand for syntax."""

TREELESS_KINDS = (
    "FILE",
    "TYPE",
    "CLOSURE_BINDING",
    "COMMENT",
    "FINDING",
    *(kind for kind in NODE_KINDS if kind.startswith("PY_") and kind not in SYNTAX_TREE_PY_KINDS),
)
"""Nodes of a file that hang on nothing in the syntax tree."""

UNLOCATED_KINDS = (
    "CLOSURE_BINDING",
    "COMMENT",
    "FINDING",
    "PY_TYPE_EXPR",
    "PY_DEF_SITE",
    "PY_USE_SITE",
    "PY_DIAGNOSTIC",
    "PY_UNRESOLVED",
    "PY_RUNTIME_OBJECT",
)
"""Nodes that may be of a file whose id does not tell which: their datasets number them by themselves."""

_TYPED = ("METHOD_PARAMETER_IN", "METHOD_RETURN", "LOCAL", "MEMBER", "PY_PATTERN", *EXPRESSION_KINDS)
"""What has a type."""
_SITED = (*EVALUATED_KINDS, "METHOD", "METHOD_PARAMETER_IN", "TYPE_DECL")
"""What gives a variable its value, or uses it."""

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
            ("COMMENT", ("FILE",)),
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
        # What a rule found is said of the syntax that it found it in.
        "TAGGED_BY": (("FILE", ("TAG",)), *((kind, ("FINDING",)) for kind in _SITED)),
        "EVAL_TYPE": tuple((kind, ("TYPE",)) for kind in (*_TYPED, "PY_TYPE_EXPR")),
        "ALIAS_OF": (("TYPE_DECL", ("TYPE",)),),
        # From what stands for an entity to the entity, or to the reason why none is known.
        "PY_RESOLVES_TO": (
            ("IMPORT", ("METHOD", "TYPE_DECL", "NAMESPACE_BLOCK", "LOCAL", "MEMBER", "PY_UNRESOLVED")),
            *((kind, ("PY_UNRESOLVED",)) for kind in EXPRESSION_KINDS),
            ("PY_SCOPE", _SCOPED),
            ("PY_CODE_UNIT", _SCOPED),
            ("PY_SYMBOL", _VARIABLES),
            ("PY_EXPORT", _ENTITIES),
            ("PY_QUALIFIED_NAME", ("METHOD", "TYPE_DECL")),
            ("PY_BASIC_BLOCK", (*EVALUATED_KINDS, "METHOD")),
            ("PY_RUNTIME_OBJECT", ("METHOD", "TYPE_DECL")),
        ),
        "PY_SCOPE_PARENT": (("PY_SCOPE", ("PY_SCOPE",)),),
        "PY_DECLARES": (("PY_SCOPE", (*_VARIABLES, "PY_SYMBOL")), ("NAMESPACE", ("PY_EXPORT",))),
        "PY_BINDS": (*((kind, ("PY_BINDING",)) for kind in _SITED), ("PY_BINDING", _VARIABLES)),
        "PY_READS": (("METHOD", _VARIABLES),),
        "PY_WRITES": (("METHOD", _VARIABLES),),
        "PY_DELETES": (("METHOD", _VARIABLES),),
        "PY_DEF_SITE_OF": (("PY_DEF_SITE", (*_SITED, *_VARIABLES)),),
        "PY_USE_SITE_OF": (("PY_USE_SITE", (*_SITED, *_VARIABLES)),),
        "PY_TYPE_PARAM_OF": (("TYPE_PARAMETER", ("METHOD", "TYPE_DECL", "CALL")),),
        "PY_RE_EXPORTS": (("NAMESPACE", _ENTITIES),),
        "PY_MRO": (("TYPE_DECL", ("TYPE_DECL",)),),
        "PY_OVERRIDES": tuple((kind, ("METHOD", "MEMBER", "TYPE_DECL")) for kind in ("METHOD", "MEMBER", "TYPE_DECL")),
        "PY_DECORATES": tuple((kind, ("METHOD", "TYPE_DECL")) for kind in EXPRESSION_KINDS),
        "PY_IMPLICIT_CALL": tuple((kind, ("METHOD",)) for kind in (*EVALUATED_KINDS, "METHOD", "TYPE_DECL")),
        "PY_RAISES": (("CONTROL_STRUCTURE", ("TYPE",)),),
        "PY_SUSPENDS_TO": tuple((kind, ("METHOD_RETURN", "BLOCK")) for kind in EVALUATED_KINDS),
        "PY_RESUMES_AT": tuple((kind, (*EVALUATED_KINDS, "METHOD_RETURN")) for kind in EVALUATED_KINDS),
        "PY_HAS_ANNOTATION": tuple(
            (kind, ("PY_TYPE_EXPR",)) for kind in (*_TYPED, "METHOD", "TYPE_DECL", "TYPE_PARAMETER", "PY_TYPE_EXPR")
        ),
        "PY_INFERRED_TYPE": tuple((kind, ("TYPE",)) for kind in _TYPED),
        "PY_HAS_DIAGNOSTIC": (("FILE", ("PY_DIAGNOSTIC",)),),
        "PY_CALLS_QUALNAME": (("CALL", ("PY_QUALIFIED_NAME",)),),
        "PY_SCIP_REFERENCE": tuple(
            (kind, ("PY_SCIP_SYMBOL",)) for kind in ("FILE", "METHOD", "TYPE_DECL", "METHOD_PARAMETER_IN", *_BODY_KINDS)
        ),
        "PY_SCIP_DEFINITION": tuple(
            (kind, ("PY_SCIP_SYMBOL",)) for kind in ("FILE", "METHOD", "TYPE_DECL", "METHOD_PARAMETER_IN", *_BODY_KINDS)
        ),
        "PY_SCIP_IMPLEMENTATION": (("PY_SCIP_SYMBOL", ("PY_SCIP_SYMBOL",)),),
        "PY_SCIP_TYPE_DEFINITION": (("PY_SCIP_SYMBOL", ("PY_SCIP_SYMBOL",)),),
        "PY_HAS_SIGNATURE": (("PY_RUNTIME_OBJECT", ("PY_RUNTIME_SIGNATURE",)),),
        "PY_HAS_PARAM": (("PY_RUNTIME_SIGNATURE", ("PY_RUNTIME_PARAM",)),),
        "PY_HAS_MEMBER": (("PY_RUNTIME_OBJECT", ("PY_RUNTIME_MEMBER",)),),
    }
)
"""Edge kind → (source kind, allowed destination kinds)."""

Pairs = tuple[tuple[str, tuple[str, ...]], ...]
"""(source kind, allowed destination kinds), and so on."""


@dataclass(frozen=True, slots=True)
class Words:
    """Kinds and rules that one family of edges brings along, beside those that are listed here."""

    kinds: Mapping[str, Pairs]
    methods: tuple[str, ...] = ()


_OWN: dict[str, Words] = {}


@declared_pure("it runs as the module of a family is loaded; stages only reach the contract that calls it")
def bring(family: str, words: Words) -> None:
    """Make the words of a family known, as its module is loaded; one kind belongs to one family."""
    for kind in words.kinds:
        others = (name for name, other in _OWN.items() if name != family and kind in other.kinds)
        holder = "the graph" if kind in EDGE_KINDS else next(others, None)
        if holder is not None:
            raise ValueError(f"{family} brings the edge kind {kind}, which {holder} has already; give it another name")
    _OWN[family] = words


def words_of(family: str) -> Words:
    """What a family brought along; nothing for most."""
    return _OWN.get(family, Words({}))


def edge_kinds() -> tuple[str, ...]:
    """Every edge kind, with those that families brought along."""
    return (*EDGE_KINDS, *(kind for words in _OWN.values() for kind in words.kinds))


def allowed_pairs() -> Mapping[str, Pairs]:
    """Edge kind → what it may join, with the kinds that families brought along."""
    return {**EDGE_PAIRS, **{kind: pairs for words in _OWN.values() for kind, pairs in words.kinds.items()}}


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
