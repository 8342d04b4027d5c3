"""Normalized datasets with names and places instead of ids, so that an expectation can be written by hand."""

from __future__ import annotations

TARGET = "concat_ws(':', {0}.target_module, {0}.target_name)"
SCOPE = "CASE {0}.kind WHEN 'module' THEN 'module' ELSE concat_ws(' ', {0}.kind, {0}.name) END"
OWNER = """
    CASE WHEN s.kind = 'type_parameters' THEN concat_ws(' ', s.kind, s.name)
    WHEN o.kind = 'Module' THEN 'module' ELSE concat_ws(' ', o.kind, o.name) END"""
"""The scope that owns a variable: the node `o` that opens it, unless the table's `s` is one of type parameters."""
PLACE = "({0}.line || ':' || {0}.col_utf8)"

TEXT = "decode(encode(x.text)[{0}.bstart + 1:{0}.bend])"
EVALUATED = f"""
    CASE WHEN {{0}}.node_id IS NULL THEN {{1}} WHEN {{0}}.kind = 'Constant' THEN {{0}}.value
    WHEN {{0}}.kind IN ('Name', 'Attribute', 'Subscript', 'Starred', 'List', 'Tuple') THEN CASE {{0}}.ctx
        WHEN 'Load' THEN {TEXT}
        WHEN 'Store' THEN {TEXT} || ' ='
        ELSE 'del ' || {TEXT} END
    WHEN {{0}}.kind IN ('JoinedStr', 'FormattedValue') THEN {{0}}.kind
    WHEN {{0}}.kind LIKE 'Match%' THEN {{0}}.kind || ' ' || {TEXT}
    WHEN {{0}}.kind IN ('Call', 'BinOp', 'UnaryOp', 'Compare', 'Slice', 'Set', 'Dict', 'Lambda', 'ListComp', 'SetComp',
        'DictComp', 'GeneratorExp', 'Yield', 'YieldFrom', 'Await', 'NamedExpr')
        THEN {TEXT}
    WHEN {{0}}.kind = 'comprehension' THEN concat_ws(' ', {{0}}.kind, {{0}}.ordinal)
    ELSE concat_ws(' ', {{0}}.kind, {{0}}.name) END"""
"""What a node evaluates: expressions by their text, targets with a sign, statements by kind and name."""

SAID = "decode(encode(t.text)[{0}.bstart + 1:{0}.bend])"
"""What a span says; `t` is its file's text."""

READABLE = {
    "modules": """
        SELECT m.repository, path, m.module, package, is_package, is_stub, is_importable
        FROM modules AS m JOIN files USING (file_id)""",
    "module_index": """
        SELECT i.repository, i.module, kind, parent, name, path
        FROM module_index AS i LEFT JOIN files USING (file_id)""",
    "scopes": f"""
        SELECT n.repository, a.kind AS syntax, a.line, n.role, n.kind, {SCOPE.format("s")} AS scope, n.private_class
        FROM scope_nodes AS n JOIN ast_nodes AS a USING (node_id) LEFT JOIN scopes AS s ON s.scope_id = n.scope_id""",
    "definitions": """
        SELECT d.*, p.qualname AS parent, c.qualname AS class, path
        FROM definitions AS d JOIN files USING (file_id)
        LEFT JOIN definitions AS p ON p.definition_id = d.parent_id
        LEFT JOIN definitions AS c ON c.definition_id = d.class_id""",
    "parameters": """
        SELECT p.*, d.qualname AS definition, v.value AS "default", a.name AS annotation
        FROM parameters AS p JOIN definitions AS d USING (definition_id)
        LEFT JOIN ast_nodes AS v ON v.node_id = default_id LEFT JOIN ast_nodes AS a ON a.node_id = annotation_id""",
    "references": f"""
        SELECT r.*, {SCOPE.format("s")} AS scope, d.qualname AS definition, path
        FROM "references" AS r JOIN definitions AS d USING (definition_id) JOIN files ON files.file_id = r.file_id
        LEFT JOIN scopes AS s ON s.scope_id = r.scope_id""",
    "bindings": f"""
        SELECT b.*, {OWNER} AS scope, path, b.lasts_until IS NOT NULL AS has_end,
            coalesce(r.runs = 'never', false) AS never_runs
        FROM bindings AS b JOIN files USING (file_id) JOIN ast_nodes AS o ON o.node_id = b.scope_node
        LEFT JOIN scopes AS s ON s.scope_id = b.scope_id LEFT JOIN branches AS r USING (branch_id)""",
    "branches": """
        SELECT b.*, path, s.kind AS statement, a.line
        FROM branches AS b JOIN files USING (file_id) JOIN ast_nodes AS s ON s.node_id = b.statement_id
        JOIN ast_nodes AS a ON a.node_id = b.branch_id""",
    "binding_targets": f"""
        SELECT b.repository, path, b.line, b.name, b.kind, t.target_kind, {TARGET.format("t")} AS target
        FROM bindings AS b JOIN binding_targets AS t USING (binding_id) JOIN files ON files.file_id = b.file_id""",
    "all_names": "SELECT n.*, path FROM all_names AS n JOIN files USING (file_id)",
    "imports": f"""
        SELECT i.*, {TARGET.format("i")} AS target, path FROM imports AS i JOIN files USING (file_id)""",
    "exports": f"SELECT e.*, {TARGET.format('e')} AS target FROM exports AS e",
    "names": f"""
        SELECT n.*, a.line, {TARGET.format("n")} AS target, {OWNER} AS scope, path, b.line AS site_line
        FROM name_resolutions AS n JOIN ast_nodes AS a USING (node_id) JOIN files ON files.file_id = n.file_id
        LEFT JOIN bindings AS b USING (binding_id) LEFT JOIN ast_nodes AS o ON o.node_id = b.scope_node
        LEFT JOIN scopes AS s ON s.scope_id = b.scope_id""",
    "attributes": f"""
        SELECT t.*, a.line, {TARGET.format("t")} AS target, path
        FROM attribute_resolutions AS t JOIN ast_nodes AS a USING (node_id) JOIN files ON files.file_id = t.file_id""",
    "class_bases": """
        SELECT b.*, c.qualname AS class, path
        FROM class_bases AS b JOIN definitions AS c ON c.definition_id = b.class_id
        JOIN files ON files.file_id = b.file_id""",
    "mro": """
        SELECT m.repository, m.class_id, c.qualname AS class, list(ancestor_name ORDER BY position) AS "order",
            any_value(reason) AS reason
        FROM mro AS m JOIN definitions AS c ON c.definition_id = m.class_id GROUP BY ALL""",
    "overrides": """
        SELECT o.*, c.qualname AS class, b.qualname AS base_class, path
        FROM overrides AS o JOIN files USING (file_id) JOIN definitions AS c ON c.definition_id = o.class_id
        LEFT JOIN definitions AS b ON b.definition_id = o.base_class_id""",
    "type_exprs": """
        SELECT t.*, a.line, o.name AS owner, decode(encode(x.text)[t.bstart + 1:t.bend]) AS bytes,
            decode(encode(x.text)[t.head_bstart + 1:t.head_bend]) AS head_bytes, path
        FROM type_exprs AS t JOIN files USING (file_id) JOIN ast_nodes AS a USING (node_id)
        JOIN file_texts AS x ON x.file_id = t.file_id LEFT JOIN ast_nodes AS o ON o.node_id = t.owner_id""",
    "types": """
        SELECT t.* REPLACE (CAST(confidence AS DOUBLE) AS confidence), a.line, path
        FROM types AS t JOIN files USING (file_id) JOIN ast_nodes AS a ON a.node_id = t.entity_id""",
    "calls": """
        SELECT c.*, d.qualname AS caller, path
        FROM call_sites AS c JOIN definitions AS d ON d.definition_id = c.caller_id
        JOIN files ON files.file_id = c.file_id""",
    "coverage": """
        SELECT c.*, path FROM coverage AS c JOIN files USING (file_id)""",
    "call_args": f"""
        SELECT a.*, {SAID.format("v")} AS value, path
        FROM call_args AS a JOIN files USING (file_id) JOIN file_texts AS t ON t.file_id = a.file_id
        JOIN ast_nodes AS v ON v.node_id = a.value_id""",
    "decorators": f"""
        SELECT d.*, f.qualname AS definition, c.qualname AS caller, {TARGET.format("d")} AS target, path
        FROM decorators AS d JOIN files USING (file_id) JOIN definitions AS f USING (definition_id)
        JOIN definitions AS c ON c.definition_id = d.caller_id""",
    "implicit": f"""
        SELECT i.*, s.kind AS site, {SAID.format("i")} AS text, {SAID.format("o")} AS operand,
            {SAID.format("x")} AS other, x.name AS other_name, c.qualname AS caller, d.qualname AS target, path
        FROM implicit_calls AS i JOIN files USING (file_id) JOIN file_texts AS t ON t.file_id = i.file_id
        JOIN ast_nodes AS s ON s.node_id = site_node JOIN definitions AS c ON c.definition_id = i.caller_id
        LEFT JOIN ast_nodes AS o ON o.node_id = operand_id LEFT JOIN ast_nodes AS x ON x.node_id = other_id
        LEFT JOIN definitions AS d ON d.definition_id = i.target_id""",
    "diagnostics": f"""
        SELECT d.*, {SAID.format("d")} AS text, path
        FROM diagnostics AS d JOIN files USING (file_id) JOIN file_texts AS t ON t.file_id = d.file_id""",
    "span_errors": "SELECT s.*, path FROM span_errors AS s JOIN files USING (file_id)",
    "layer_conflicts": "SELECT c.*, path FROM layer_conflicts AS c JOIN files USING (file_id)",
    "comments": """
        SELECT c.*, d.qualname AS definition, path
        FROM comments AS c JOIN files USING (file_id) LEFT JOIN definitions AS d USING (definition_id)""",
    "docstrings": """
        SELECT s.*, d.qualname AS definition, path
        FROM docstrings AS s JOIN files USING (file_id) JOIN definitions AS d USING (definition_id)""",
    "unit_scopes": """
        SELECT s.repository, path, u.kind AS unit, a.kind AS syntax, a.line, a.col_utf8 AS "column", s.role
        FROM unit_scopes AS s JOIN code_units AS u USING (code_unit_id) JOIN ast_nodes AS a ON a.node_id = s.scope_node
        JOIN files ON files.file_id = s.file_id""",
    "evaluations": f"""
        SELECT e.repository, path, e.node_id, a.line, a.kind AS node, a.name, u.kind AS unit, max(copy) AS copies,
            CASE o.kind WHEN 'Module' THEN 'module' ELSE concat_ws(' ', o.kind, {PLACE.format("o")}) END AS scope
        FROM anchors AS e JOIN ast_nodes AS a USING (node_id) JOIN ast_nodes AS o ON o.node_id = e.scope_node
        JOIN code_units AS u USING (code_unit_id) JOIN files ON files.file_id = e.file_id
        WHERE is_evaluation GROUP BY ALL""",
    "anchor_rules": """
        SELECT DISTINCT e.repository, path, a.line, a.kind AS node, a.name, e.rule, e.is_evaluation, e.node_id
        FROM anchors AS e JOIN ast_nodes AS a USING (node_id) JOIN files ON files.file_id = e.file_id""",
    "stores": """
        SELECT DISTINCT e.repository, path, a.line, a.kind AS node, a.name, e.node_id
        FROM anchors AS e JOIN ast_nodes AS a USING (node_id) JOIN instructions AS i USING (instruction_id)
        JOIN files ON files.file_id = e.file_id
        WHERE e.is_evaluation AND i.opname LIKE 'STORE_%' AND (e.part = 0 OR i.opname = 'STORE_FAST_STORE_FAST')""",
    "silent_statements": f"""
        SELECT t.repository, path, a.line, a.kind AS node, t.kind,
            CASE o.kind WHEN 'Module' THEN 'module' ELSE concat_ws(' ', o.kind, {PLACE.format("o")}) END AS scope
        FROM silent_statements AS t JOIN ast_nodes AS a USING (node_id) JOIN ast_nodes AS o ON o.node_id = t.scope_node
        JOIN files ON files.file_id = t.file_id""",
    "def_use": f"""
        SELECT DISTINCT e.repository, path, u.qualname AS unit, {PLACE.format("a")} AS place, e.event, e.variable,
            e.variable_kind AS kind, e.way, bool_and(e.is_must) AS must, bool_or(e.is_possibly_unbound) AS unbound
        FROM def_use AS e JOIN code_units AS u USING (code_unit_id) JOIN files ON files.file_id = e.file_id
        LEFT JOIN ast_nodes AS a ON a.node_id = e.node_id GROUP BY ALL""",
    "reaching_defs": f"""
        SELECT *, CASE WHEN must AND 2 > count("def") FILTER (way <> 'closure')
            OVER (PARTITION BY repository, path, variable, "use") THEN 'must' ELSE 'may' END AS certainty
        FROM (
            SELECT r.repository, path, r.variable, {PLACE.format("b")} AS "use", {PLACE.format("a")} AS "def", d.way,
                r.variable_kind AS kind, r.method, bool_and(r.is_must AND NOT u.is_possibly_unbound) AS must
            FROM reaching_defs AS r JOIN def_use AS d ON d.event_id = r.def_event_id
            JOIN def_use AS u ON u.node_id = r.use_node_id AND u.event = 'use' AND u.variable = r.variable
            JOIN files ON files.file_id = r.file_id LEFT JOIN ast_nodes AS b ON b.node_id = r.use_node_id
            LEFT JOIN ast_nodes AS a ON a.node_id = r.def_node_id GROUP BY ALL)""",
    "data_flow_limits": """
        SELECT l.repository, path, u.qualname AS unit, l.variable, l.what, l."limit", l.actual
        FROM data_flow_limits AS l JOIN code_units AS u USING (code_unit_id) JOIN files ON files.file_id = l.file_id""",
    "syntax_flow": f"""
        SELECT DISTINCT f.repository, path, concat_ws(' ', s.kind, s.name) AS scope, f.role, f.kind, is_dead, why,
            {EVALUATED.format("a", "'ENTRY'")} AS src, {EVALUATED.format("b", "'EXIT'")} AS dst
        FROM syntax_flow AS f JOIN files USING (file_id) JOIN file_texts AS x ON x.file_id = f.file_id
        JOIN ast_nodes AS s ON s.node_id = f.scope_node
        LEFT JOIN ast_nodes AS a ON a.node_id = f.src_node LEFT JOIN ast_nodes AS b ON b.node_id = f.dst_node""",
    "unreachable": """
        SELECT s.repository, path, a.line, a.kind AS statement, s.kind AS why, bool_or(f.is_dead) IS TRUE AS is_dead
        FROM silent_statements AS s JOIN files USING (file_id) JOIN ast_nodes AS a USING (node_id)
        LEFT JOIN syntax_flow AS f ON f.file_id = s.file_id AND f.why = 'dead' AND f.src_node >= a.node_id
            AND f.src_node < a.subtree_end
        GROUP BY ALL""",
    "control_flow": f"""
        WITH ways AS (
            SELECT repository, file_id, cfg_block_id AS block_id, node_id AS src_id, 'next' AS kind,
                false AS is_exceptional,
                lead(node_id) OVER (PARTITION BY repository, cfg_block_id ORDER BY position) AS dst_id,
                true AS is_inside
            FROM cfg_nodes
            UNION ALL SELECT repository, file_id, src_block_id, src_node_id, kind, is_exceptional, dst_node_id, false
            FROM cfg_edges
            UNION ALL SELECT repository, file_id, cfg_block_id, NULL, 'next', false, first_node_id, false
            FROM cfg_blocks WHERE is_entry)
        SELECT DISTINCT w.repository, path, concat_ws(' ', s.kind, s.name) AS scope,
            replace(w.kind, 'jump', 'next') || CASE WHEN w.is_exceptional AND w.kind <> 'exception'
                THEN ' by exception' ELSE '' END AS kind,
            concat_ws(' ', {PLACE.format("a")}, {EVALUATED.format("a", "'entry'")}) AS src,
            concat_ws(' ', {PLACE.format("b")}, {EVALUATED.format("b", "'exit'")}) AS dst
        FROM ways AS w JOIN files USING (file_id) JOIN file_texts AS x ON x.file_id = w.file_id
        JOIN cfg_blocks AS c ON c.repository = w.repository AND c.cfg_block_id = w.block_id
        JOIN ast_nodes AS s ON s.node_id = c.scope_node
        LEFT JOIN ast_nodes AS a ON a.node_id = w.src_id LEFT JOIN ast_nodes AS b ON b.node_id = w.dst_id
        WHERE NOT w.is_inside OR w.dst_id IS NOT NULL""",
    "jumps": f"""
        SELECT DISTINCT e.repository, path, e.kind,
            concat_ws(' ', {PLACE.format("a")}, {EVALUATED.format("a", "'entry'")}) AS src,
            concat_ws(' ', {PLACE.format("b")}, {EVALUATED.format("b", "'exit'")}) AS dst
        FROM cfg_edges AS e JOIN files USING (file_id) JOIN file_texts AS x ON x.file_id = e.file_id
        JOIN ast_nodes AS a ON a.node_id = e.src_node_id LEFT JOIN ast_nodes AS b ON b.node_id = e.dst_node_id
        WHERE e.kind IN ('jump', 'next')""",
    "cfg_blocks": f"""
        SELECT c.repository, path, concat_ws(' ', s.kind, s.name) AS scope, c.ordinal, c.kind, c.origin, c.line,
            c.end_line,
            decode(encode(x.text)[c.bstart + 1:c.bend]) AS text, is_entry, is_handler, is_reachable, can_raise,
            concat_ws(' ', {PLACE.format("a")}, {EVALUATED.format("a", "'exit'")}) AS first
        FROM cfg_blocks AS c JOIN files USING (file_id) JOIN file_texts AS x ON x.file_id = c.file_id
        JOIN ast_nodes AS s ON s.node_id = c.scope_node LEFT JOIN ast_nodes AS a ON a.node_id = c.first_node_id""",
    "dominators": f"""
        SELECT DISTINCT d.repository, path, concat_ws(' ', s.kind, s.name) AS scope, d.kind, d.depth,
            concat_ws(' ', {PLACE.format("a")}, {EVALUATED.format("a", "'exit'")}) AS block,
            concat_ws(' ', {PLACE.format("b")},
                CASE WHEN i.cfg_block_id IS NOT NULL THEN {EVALUATED.format("b", "'exit'")} END) AS above
        FROM dominators AS d JOIN files USING (file_id) JOIN file_texts AS x ON x.file_id = d.file_id
        JOIN cfg_blocks AS c ON c.repository = d.repository AND c.cfg_block_id = d.cfg_block_id
        JOIN ast_nodes AS s ON s.node_id = c.scope_node LEFT JOIN ast_nodes AS a ON a.node_id = c.first_node_id
        LEFT JOIN cfg_blocks AS i ON i.repository = d.repository AND i.cfg_block_id = d.idom_id
        LEFT JOIN ast_nodes AS b ON b.node_id = i.first_node_id""",
    "control_deps": f"""
        SELECT DISTINCT d.repository, path, d.kind, d.is_exceptional,
            concat_ws(' ', {PLACE.format("a")}, {EVALUATED.format("a", "'several'")}) AS decides,
            concat_ws(' ', {PLACE.format("b")}, {EVALUATED.format("b", "'exit'")}) AS depends
        FROM control_deps AS d JOIN files USING (file_id) JOIN file_texts AS x ON x.file_id = d.file_id
        JOIN cfg_blocks AS c ON c.repository = d.repository AND c.cfg_block_id = d.dst_block_id
        JOIN ast_nodes AS b ON b.node_id = c.first_node_id LEFT JOIN ast_nodes AS a ON a.node_id = d.src_node_id""",
    "control_limits": "SELECT l.*, path FROM control_limits AS l JOIN files USING (file_id)",
}
"""Query by name; every one has a `repository` column, which is the case."""
