"""Views and macros over the datasets: the questions people ask first, under names that SQL can use."""

from __future__ import annotations

from pipeline_assets.cpg.ids import OUTSIDE
from pipeline_assets.inference.contract import FILE_SHIFT
from pipeline_assets.products.questions.calls import CALL_QUESTIONS
from pipeline_assets.products.questions.classes import CLASS_QUESTIONS
from pipeline_assets.products.questions.graph import GRAPH_QUESTIONS
from pipeline_assets.products.questions.modules import MODULE_QUESTIONS
from pipeline_assets.products.questions.names import NAME_QUESTIONS
from pipeline_assets.products.questions.slices import SLICE_QUESTIONS
from pipeline_assets.products.questions.unused import ENTRY_POINTS, UNUSED_DEFINITIONS
from pipeline_assets.store.columns import StoredColumn, inline_select
from pipeline_assets.store.views import View

QUERY_MACROS: dict[str, str] = {
    "file_of": f"CREATE OR REPLACE MACRO file_of(node) AS CASE WHEN node < {OUTSIDE} THEN node >> {FILE_SHIFT} END",
    "span_text": "CREATE OR REPLACE MACRO span_text(text, bstart, bend) AS decode(encode(text)[bstart + 1:bend])",
    "is_outside": f"CREATE OR REPLACE MACRO is_outside(node) AS node >= {OUTSIDE}",
}
"""Macro name → statement: the file that a node's id holds, the source text of a span, and whether the id holds none, as
those of what belongs to no file do, and of `UNLOCATED_KINDS`.
DuckDB binds a macro when it is made, and these are made before there are views: they read no dataset."""

VIEWS: tuple[View, ...] = (
    View(
        "call_pairs",
        """
        SELECT repository, caller, callee, count(*) AS calls, max(confidence) AS confidence
        FROM call_graph WHERE callee IS NOT NULL GROUP BY repository, caller, callee
        """,
        "One row per caller and callee, however many calls join them.",
        {
            "repository": "Repository of the caller.",
            "caller": "The function, class body, lambda or module that calls.",
            "callee": "What is called.",
            "calls": "How many calls in the text.",
            "confidence": "That of the surest call.",
        },
    ),
    View(
        "class_hierarchy",
        """
        SELECT d.repository, d.qualname AS class, coalesce(b.target_name, b.base_text) AS base, b.position,
            b.resolution, f.path, d.line
        FROM class_bases AS b
        JOIN definitions AS d ON d.definition_id = b.class_id AND d.repository = b.repository
        JOIN files AS f ON f.file_id = d.file_id AND f.repository = d.repository
        """,
        "One row per class and base, by name.",
        {
            "repository": "Repository of the class.",
            "class": "Qualified name of the class.",
            "base": "Qualified name of the base, or its text where that is not known.",
            "position": "Place among the bases.",
            "resolution": "What the base is known to be.",
            "path": "File of the class.",
            "line": "Line of the class statement.",
        },
    ),
    View(
        "module_imports",
        """
        SELECT DISTINCT i.repository, m.module AS importer, i.target_module AS imported
        FROM imports AS i
        JOIN modules AS m ON m.file_id = i.file_id AND m.repository = i.repository
        WHERE i.target_module IS NOT NULL AND i.target_module <> m.module
            AND i.kind IN ('import', 'from', 'import_module', '__import__')
        """,
        "One row per module and other module of the same repository that it imports.",
        {
            "repository": "Repository of both.",
            "importer": "Module that imports.",
            "imported": "Module that is imported.",
        },
    ),
    View(
        "resolution_rate",
        """
        SELECT repository, count(*) AS calls, count(*) FILTER (resolved) AS resolved,
            round(count(*) FILTER (resolved) / count(*), 4) AS rate
        FROM call_graph WHERE rank = 0 AND way = 'call' GROUP BY repository
        """,
        "One row per repository: how many of its calls have a known callee.",
        {
            "repository": "Repository of the calls.",
            "calls": "Call expressions.",
            "resolved": "Those with at least one supported callee.",
            "rate": "Their share.",
        },
    ),
    ENTRY_POINTS,
    UNUSED_DEFINITIONS,
)
"""Views over the datasets."""

QUESTIONS: tuple[View, ...] = (
    *CALL_QUESTIONS,
    *CLASS_QUESTIONS,
    *MODULE_QUESTIONS,
    *NAME_QUESTIONS,
    *SLICE_QUESTIONS,
    *GRAPH_QUESTIONS,
)
"""Macros over the datasets: questions with something to fill in."""

_MACRO_COLUMNS = (
    StoredColumn("macro", "string", False, "Its name: `FROM name(…)`."),
    StoredColumn("parameters", "string", False, "What it is given, in order; with `:=` what holds by default."),
    StoredColumn("columns", "string", False, "What it gives, in order."),
    StoredColumn("description", "string", False, "What its rows are, and what they cost."),
)


def macros_view() -> View:
    """The view `macros`, one row per question with something to fill in."""
    rows = (
        (
            macro.name,
            ", ".join(f"{p.name} := {p.default}" if p.default else p.name for p in macro.parameters),
            ", ".join(macro.columns),
            macro.description,
        )
        for macro in QUESTIONS
    )
    descriptions = {column.name: column.description for column in _MACRO_COLUMNS}
    return View("macros", inline_select(_MACRO_COLUMNS, rows), "One row per macro that reads datasets.", descriptions)
