"""Every kind of node and edge is emitted by some program, the design promises the kinds that there are, no more."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipeline_assets.cpg.kinds import EDGE_KINDS, NODE_KINDS, REQUESTED_KINDS
from pipeline_assets.extract.layers import GRAPH_OPTIONS
from pipeline_assets.project import load_project
from pipeline_assets.store.selection import Selection
from pipeline_tests.functional.cpg import finding_programs
from pipeline_tests.functional.cpg import kind_programs as programs
from pipeline_tests.golden.conftest import CASES
from pipeline_tests.golden.plan import LAYERS, run_plans, violations
from pipeline_tests.scip_indexes import document, index, occurrence, relationship, symbol

PROMISED_NODES = """
    META_DATA FILE NAMESPACE_BLOCK NAMESPACE TYPE_DECL TYPE TYPE_PARAMETER MEMBER METHOD
    METHOD_PARAMETER_IN METHOD_RETURN MODIFIER ANNOTATION BLOCK CONTROL_STRUCTURE CALL IDENTIFIER FIELD_IDENTIFIER
    LITERAL LOCAL METHOD_REF TYPE_REF RETURN JUMP_TARGET CLOSURE_BINDING IMPORT DEPENDENCY COMMENT FINDING UNKNOWN
    PY_SCOPE PY_SYMBOL PY_BINDING PY_DEF_SITE PY_USE_SITE PY_TYPE_EXPR PY_PATTERN PY_WITH_ITEM PY_BASIC_BLOCK
    PY_CODE_UNIT PY_INSTRUCTION PY_TOKEN PY_EXPORT PY_QUALIFIED_NAME PY_DIAGNOSTIC PY_UNRESOLVED PY_TS_NODE PY_CST_NODE
    PY_SCIP_SYMBOL PY_RUNTIME_OBJECT PY_RUNTIME_SIGNATURE PY_RUNTIME_PARAM PY_RUNTIME_MEMBER
"""
ENDS = {"METHOD_PARAMETER_OUT", "TAG"}
"""What PARAMETER_LINK and TAGGED_BY lead to, by the specification."""
PROMISED_EDGES = """
    AST CONTAINS SOURCE_FILE CONDITION TRUE_BODY FALSE_BODY FOR_BODY TRY_BODY CATCH_BODY FINALLY_BODY
    CFG DOMINATE POST_DOMINATE CDG REACHING_DEF CALL ARGUMENT RECEIVER REF PARAMETER_LINK EVAL_TYPE INHERITS_FROM
    ALIAS_OF CAPTURE CAPTURED_BY IMPORTS IS_CALL_FOR_IMPORT TAGGED_BY
    PY_SCOPE_PARENT PY_DECLARES PY_BINDS PY_READS PY_WRITES PY_DELETES PY_RESOLVES_TO PY_DEF_SITE_OF PY_USE_SITE_OF
    PY_TYPE_PARAM_OF PY_RE_EXPORTS PY_MRO PY_OVERRIDES PY_DECORATES PY_IMPLICIT_CALL PY_RAISES PY_SUSPENDS_TO
    PY_RESUMES_AT PY_HAS_ANNOTATION PY_INFERRED_TYPE PY_HAS_DIAGNOSTIC PY_CALLS_QUALNAME PY_SCIP_REFERENCE
    PY_SCIP_DEFINITION PY_SCIP_IMPLEMENTATION PY_SCIP_TYPE_DEFINITION PY_HAS_SIGNATURE PY_HAS_PARAM PY_HAS_MEMBER
"""
SHOWN = ("edges_capture", "edges_cfg_finally", "edges_declared", "edges_parts", "edges_imports", "tree_header",
         "tree_with_and_match", "tree_control")  # fmt: skip
"""Graph goldens whose programs show the kinds that are standard."""
CONFIGURED = {
    "names": ("+graph_names",),
    "flow": ("+graph_flow",),
    "broken": ("+graph_tree_sitter",),
    "requested": ("+cst", "+graph_cst", "+graph_instructions", "+graph_tokens"),
}
PLAIN = "default"
PY_312 = pytest.mark.skipif(not hasattr(__import__("ast"), "TypeVar"), reason="the grammar of 3.12")
EXPECTED = {
    "types": (programs.TYPES, programs.TYPES_EDGES),
    "classes": (programs.CLASSES, programs.CLASSES_EDGES),
    "suspension": (programs.SUSPENSION, programs.SUSPENSION_EDGES),
    "names": (programs.NAMES, programs.NAMES_EDGES),
    "flow": (programs.FLOW, programs.FLOW_EDGES),
    "exports": (programs.EXPORTS, programs.EXPORTS_EDGES),
    "generic": (programs.GENERIC, programs.GENERIC_EDGES),
    "warned": (programs.WARNED, programs.WARNED_EDGES),
    "indexed": (programs.INDEXED, programs.INDEXED_EDGES),
    "imported": (programs.IMPORTED, programs.IMPORTED_EDGES),
}
EDGES = """
    WITH labels AS (
        SELECT node_id, kind || ' ' || CASE
            WHEN file_id IS NULL OR kind LIKE 'PY_RUNTIME%' THEN coalesce(qualname, name)
            ELSE coalesce(name, '') || coalesce(':' || line, '') END AS label
        FROM nodes WHERE repository = $case)
    SELECT e.kind || ': ' || s.label || ' -> ' || d.label
        || CASE WHEN variable IS NULL THEN '' ELSE ' (' || variable || ')' END
    FROM edges AS e JOIN labels AS s ON s.node_id = src JOIN labels AS d ON d.node_id = dst
    WHERE repository = $case AND list_contains($kinds, e.kind)
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def scip_index() -> bytes:
    base, derived, value = (f"sample . . . {name}" for name in ("Base#", "Derived#", "derived."))
    implementation, type_definition = 3, 4
    said = [
        occurrence((0, 6, 10), base, roles=1),
        occurrence((3, 6, 13), derived, roles=1),
        occurrence((3, 14, 18), base),
        occurrence((6, 0, 7), value, roles=1),
    ]
    told = [
        symbol(base),
        symbol(derived, more=relationship(base, implementation)),
        symbol(value, more=relationship(derived, type_definition)),
    ]
    return index([document("main.py", said, told)])


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Every dataset of every program here, each under its own configuration."""
    place = tmp_path_factory.mktemp("kinds")
    given = place / "index.scip"
    given.write_bytes(scip_index())
    roots = {name: write(place / name, files) for name, (files, _) in EXPECTED.items()}
    roots |= {name: write(place / name, {"main.py": text}) for name, text in finding_programs.TEXTS.items()}
    roots |= {name: CASES / name for name in SHOWN}
    roots["broken"] = write(place / "broken", programs.BROKEN)
    roots["requested"] = roots[PLAIN] = roots["names"]
    roots["bare"] = write(place / "bare", {"main.py": "x = 1  # one\n"})
    choices = {name: Selection(layers=tuple(sorted((*LAYERS, *more)))) for name, more in CONFIGURED.items()}
    choices["indexed"] = Selection(layers=tuple(sorted((*LAYERS, "+scip"))), scip_index=str(given))
    choices["imported"] = Selection(layers=tuple(sorted((*LAYERS, "+runtime"))), runtime_modules=("main",))
    choices["bare"] = Selection(layers=tuple(sorted((*LAYERS, "-bytecode", "-tree_sitter", "-tokens"))))
    return run_plans(roots, choices)


def found(graph: duckdb.DuckDBPyConnection, sql: str, **given: object) -> list:
    return [row[0] for row in graph.execute(sql, given).fetchall()]


def test_the_kinds_are_those_of_the_design() -> None:
    assert set(NODE_KINDS) == {*PROMISED_NODES.split()} | ENDS
    assert set(EDGE_KINDS) == {*PROMISED_EDGES.split()}
    assert len(NODE_KINDS) == len(set(NODE_KINDS))
    assert set(REQUESTED_KINDS) == GRAPH_OPTIONS


def test_every_kind_is_emitted(kinds: duckdb.DuckDBPyConnection) -> None:
    generic = set() if hasattr(__import__("ast"), "TypeVar") else {"PY_TYPE_PARAM_OF", "TYPE_PARAMETER"}
    assert {*NODE_KINDS} - {*found(kinds, "SELECT DISTINCT kind FROM nodes")} <= generic
    assert {*EDGE_KINDS} - {*found(kinds, "SELECT DISTINCT kind FROM edges")} <= generic


@pytest.mark.parametrize("name", [pytest.param(n, marks=PY_312) if n == "generic" else n for n in EXPECTED])
def test_edges(kinds: duckdb.DuckDBPyConnection, name: str) -> None:
    expected = EXPECTED[name][1].strip().splitlines()
    wanted = sorted({line.partition(":")[0] for line in expected})
    assert sorted(found(kinds, EDGES, case=name, kinds=wanted)) == sorted(expected)


@pytest.mark.parametrize("option", sorted(REQUESTED_KINDS))
def test_what_would_double_the_graph_is_there_on_request_only(kinds: duckdb.DuckDBPyConnection, option: str) -> None:
    (asked,) = [name for name, more in CONFIGURED.items() if f"{option}" in " ".join(more).replace("+", "").split()]
    there = "SELECT DISTINCT kind FROM nodes WHERE repository = $case"
    assert {*REQUESTED_KINDS[option]} <= {*found(kinds, there, case=asked)}
    assert not {*REQUESTED_KINDS[option]} & {*found(kinds, there, case=PLAIN)}


@pytest.mark.parametrize(
    ("dataset", "kind", "option"),
    [
        ("symbols", "PY_SYMBOL", "names"),
        ("bindings", "PY_BINDING", "names"),
        ("cfg_blocks", "PY_BASIC_BLOCK", "flow"),
        ("instructions", "PY_INSTRUCTION", "requested"),
        ("tokens", "PY_TOKEN", "requested"),
        ("ts_nodes", "PY_TS_NODE", "broken"),
        ("cst_nodes", "PY_CST_NODE", "requested"),
        ("scopes", "PY_SCOPE", PLAIN),
        ("code_units", "PY_CODE_UNIT", PLAIN),
        ("exports", "PY_EXPORT", PLAIN),
        ("unresolved", "PY_UNRESOLVED", PLAIN),
        ("type_exprs", "PY_TYPE_EXPR", "types"),
        ("diagnostics", "PY_DIAGNOSTIC", "broken"),
        ("scip_symbols", "PY_SCIP_SYMBOL", "indexed"),
        ("runtime_objects", "PY_RUNTIME_OBJECT", "imported"),
        ("runtime_members", "PY_RUNTIME_MEMBER", "imported"),
    ],
)
def test_one_node_per_row(kinds: duckdb.DuckDBPyConnection, dataset: str, kind: str, option: str) -> None:
    (rows,) = found(kinds, f"SELECT count(*) FROM {dataset} WHERE repository = $case", case=option)
    (nodes,) = found(
        kinds, "SELECT count(*) FROM nodes WHERE repository = $case AND kind = $kind", case=option, kind=kind
    )
    assert rows == nodes > 0


def test_a_kind_whose_evidence_is_off_is_absent_and_coverage_says_so(kinds: duckdb.DuckDBPyConnection) -> None:
    there = {*found(kinds, "SELECT DISTINCT kind FROM nodes WHERE repository = 'bare'")}
    assert not there & {"PY_CODE_UNIT", "PY_RUNTIME_OBJECT", "PY_SCIP_SYMBOL", "PY_TS_NODE", "PY_CST_NODE", "PY_TOKEN"}
    off = found(kinds, "SELECT subject FROM coverage WHERE repository = 'bare' AND status = 'off'")
    assert {"bytecode", "runtime", "scip", "tree_sitter", "cst", "tokens"} <= {*off}


@pytest.mark.parametrize("invariant", sorted(load_project().compiled.checks))
def test_invariants_hold(kinds: duckdb.DuckDBPyConnection, invariant: str) -> None:
    assert violations(kinds, invariant) == []


@pytest.mark.parametrize("dataset", ["nodes", "edges", "evidence", "findings", "type_links", "properties"])
def test_keys_are_keys(kinds: duckdb.DuckDBPyConnection, dataset: str) -> None:
    key = ", ".join(load_project().contracts[dataset].key)
    assert kinds.execute(f"SELECT {key} FROM {dataset} GROUP BY ALL HAVING count(*) > 1").fetchall() == []


@pytest.mark.parametrize("name", sorted(finding_programs.TEXTS))
def test_findings(kinds: duckdb.DuckDBPyConnection, name: str) -> None:
    """Lines that end in `# rule` are found by that rule, and no other is."""
    sql = "SELECT line || ' ' || rule FROM findings WHERE repository = $case"
    lines = enumerate(finding_programs.TEXTS[name].splitlines(), 1)
    marked = [f"{line} {text.rpartition('# ')[2]}" for line, text in lines if "# " in text]
    assert sorted(found(kinds, sql, case=name)) == sorted(marked)


def test_every_rule_has_a_program() -> None:
    assert sorted(finding_programs.TEXTS) == sorted(finding_programs.RULES)


@pytest.mark.parametrize("category", ["is", "assertion"])
def test_the_compiler_warns_of_the_same(kinds: duckdb.DuckDBPyConnection, category: str) -> None:
    """CPython says itself which comparisons and assertions are never meant."""
    rule = {"is": "is-literal", "assertion": "assert-on-tuple"}[category]
    warned = "SELECT repository || line FROM compile_warnings WHERE message LIKE $like"
    said = found(kinds, warned, like={"is": '"is%', "assertion": "assertion is always true%"}[category])
    assert sorted(found(kinds, "SELECT repository || line FROM findings WHERE rule = $rule", rule=rule)) == sorted(said)
