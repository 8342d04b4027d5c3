"""Exports come back whole: the same nodes and edges, whatever their texts hold, in the same order each time."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

import duckdb
import networkx
import pytest
import rustworkx as rx

from pipeline_assets.api import Graph
from pipeline_assets.cli import main
from pipeline_assets.products.exports.documents import written
from pipeline_assets.products.exports.formats import FORMATS
from pipeline_assets.products.exports.selection import Selection
from pipeline_assets.store.connection import connect

GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"
NASTY = [
    "",
    "a,b",
    'say "hi"',
    "two\nlines",
    "cr\rlf\r\n",
    "<&>'",
    "naïve 日本 🐍",
    "back\\slash",
    "bell\x07",
    " pad ",
    "{}",
]


@pytest.fixture
def export(shop: Graph, warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary):
    """Runs `cpg export` and gives where it wrote, or what it printed."""

    def run(form: str, *arguments: str, output: str | None = "out") -> Path | bytes:
        target = [] if output is None else ["--output", str(tmp_path / output)]
        monkeypatch.setattr(sys, "argv", ["cpg", "export", form, *arguments, *target, "--warehouse", str(warehouse)])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capfdbinary.readouterr()
        assert not end.value.code, captured.err.decode()
        return captured.out if output is None else tmp_path / output

    return run


def kinds_of(shop: Graph, table: str) -> Counter[str]:
    return Counter(shop.sql(f"SELECT kind FROM {table}")["kind"].to_pylist())


def read_xml(path: Path) -> tuple[Counter[str], Counter[str]]:
    """Kinds of the nodes and edges of a GraphML file, by a parser that knows nothing of it."""
    root = ElementTree.parse(path).getroot()
    found = []
    for item in ("node", "edge"):
        data = root.iterfind(f".//{GRAPHML}{item}/{GRAPHML}data[@key='{item}_kind']")
        found.append(Counter(element.text for element in data))
    return found[0], found[1]


def test_graphml_holds_every_node_and_edge(shop: Graph, export):
    path = export("graphml")
    assert read_xml(path) == (kinds_of(shop, "nodes"), kinds_of(shop, "edges"))


def test_graphml_is_read_by_rustworkx(shop: Graph, export):
    path = export("graphml")
    whole = shop.to_rustworkx()
    (read,) = rx.read_graphml(str(path))
    assert (read.num_nodes(), read.num_edges()) == (whole.num_nodes(), whole.num_edges())
    lines = {node["id"]: node.get("line") for node in read.nodes()}
    assert lines == {f"n{row['node_id']}": row["line"] for row in whole.nodes()}


def test_graphml_is_read_by_networkx(shop: Graph, export):
    path, whole = export("graphml"), shop.to_rustworkx()
    graph = networkx.read_graphml(path, force_multigraph=True)
    assert (len(graph), graph.number_of_edges()) == (whole.num_nodes(), whole.num_edges())


@pytest.mark.parametrize("form", ["neo4j", "joern"])
def test_csv_comes_back_into_tables(shop: Graph, export, form: str):
    folder = export(form)
    nodes, edges = (read_csv(folder / name) for name in ("nodes.csv", "relationships.csv"))
    standard = "WHERE kind NOT LIKE 'PY%'" if form == "joern" else ""
    inner = f"{standard} AND src IN (SELECT node_id FROM nodes {standard})" if standard else ""
    inner += f" AND dst IN (SELECT node_id FROM nodes {standard})" if standard else ""
    assert Counter(row[":LABEL"] for row in nodes) == kinds_of(shop, f"nodes {standard}")
    assert Counter(row[":TYPE"] for row in edges) == kinds_of(shop, f"edges {inner}")
    ids = {row[":ID"] for row in nodes}
    assert {row[end] for row in edges for end in (":START_ID", ":END_ID")} <= ids


def test_joern_tells_the_places_of_nodes(shop: Graph, export):
    rows = read_csv(export("joern") / "nodes.csv")
    (call,) = (row for row in rows if row[":LABEL"] == "CALL" and row["NAME"] == "discount")
    arguments = shop.sql(
        f"SELECT dst, ord FROM edges WHERE kind = 'ARGUMENT' AND src = {call[':ID']} ORDER BY ord"
    ).to_pylist()
    told = {row[":ID"]: row["ARGUMENT_INDEX:int"] for row in rows}
    assert [told[str(edge["dst"])] for edge in arguments] == [str(edge["ord"]) for edge in arguments] == ["1", "2"]
    (loop,) = (row for row in rows if row["CONTROL_STRUCTURE_TYPE"] == "FOR" and row["FILENAME"] == "shop/prices.py")
    assert loop["LINE_NUMBER:int"] == "8"


def test_parquet_holds_the_tables(shop: Graph, export):
    folder = export("parquet")
    for table in ("nodes", "edges", "evidence"):
        (count,) = duckdb.sql(f"SELECT count(*) FROM '{folder / table}.parquet'").fetchone()
        assert count == shop.sql(f"SELECT count(*) AS n FROM {table}")["n"][0].as_py() > 0
    unknown = f"SELECT * FROM '{folder}/edges.parquet' ANTI JOIN '{folder}/evidence.parquet' USING (evidence_id)"
    assert duckdb.sql(unknown).fetchall() == []


def test_dot_draws_the_chosen_part(export):
    text = export(
        "dot", "--edges", "CALL", "--kinds", "METHOD,CALL", "--file", "shop/__main__.py", output=None
    ).decode()
    lines = text.splitlines()
    assert lines[0] == 'digraph "shop" {' and lines[-1] == "}"
    (opened,) = (line.split()[0] for line in lines if r"METHOD\nopen_cart\nshop/cart.py:30" in line)
    (calling,) = (line.split()[0] for line in lines if r"CALL\nopen_cart\nshop/__main__.py:9" in line)
    assert f'{calling} -> {opened} [label="CALL"];' in lines


def test_filters_are_those_of_to_rustworkx(shop: Graph, export):
    path = export("graphml", "--edges", "CALL,REF", "--kinds", "METHOD,CALL,IDENTIFIER,LOCAL", "--file", "shop/c*.py")
    chosen = shop.to_rustworkx(("CALL", "REF"), ("METHOD", "CALL", "IDENTIFIER", "LOCAL"), "shop/c*.py")
    nodes, edges = read_xml(path)
    assert nodes == Counter(row["kind"] for row in chosen.nodes()) and set(edges) == {"CALL", "REF"}
    assert edges == Counter(row["kind"] for row in chosen.edges())
    shown = {row["path"] for row in chosen.nodes() if row["kind"] == "CALL"}
    assert shown == {"shop/cart.py"}, "calls of other files are not shown, though what they lead to may be"


def test_a_file_keeps_its_nodes_and_what_its_edges_lead_to(shop: Graph):
    part = shop.to_rustworkx(file="shop/prices.py")
    own = shop.sql("SELECT count(*) AS n FROM nodes JOIN files USING (file_id) WHERE path = 'shop/prices.py'")
    paths = Counter(row["path"] for row in part.nodes())
    assert paths["shop/prices.py"] == own["n"][0].as_py()
    assert paths["shop/cart.py"] and paths[None], "open_cart and the operators are ends of its edges"
    assert "shop/storage.py" not in paths


@pytest.mark.parametrize("form", ["graphml", "dot", "pycg"])
def test_stdout_and_files_hold_the_same_bytes_each_time(export, form: str):
    assert export(form, output=None) == export(form).read_bytes() == export(form, "-o", "-", output=None)


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {"parquet"}))
def test_texts_come_back_as_they_were(form: str, tmp_path: Path):
    with connect(ordered=True) as connection:
        hold_texts(connection, NASTY)
        how = FORMATS[form]
        documents = {"one": how.document(Selection("r"))} if how.document else how.folder(Selection("r"))
        for name, document in documents.items():
            (tmp_path / name).write_bytes(b"".join(written(connection, document, lambda rows: None)))
    if form == "graphml":
        found = {int(key[1:]): value for key, value in names_in_graphml(tmp_path / "one").items()}
    elif form == "dot":
        found = names_in_dot(tmp_path / "one")
    else:
        column = "NAME" if form == "joern" else "name"
        found = {int(row[":ID"]): row[column] for row in read_csv(tmp_path / "nodes.csv")}
    kept = [text.replace("\x07", "\N{REPLACEMENT CHARACTER}") if form == "graphml" else text for text in NASTY]
    assert found == dict(enumerate([*kept, None]))


def test_a_kind_that_there_is_not_is_a_usage_error(warehouse: Path, shop: Graph, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["cpg", "export", "dot", "--edges", "CALLS", "--warehouse", str(warehouse)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2 and "CALLS" in capsys.readouterr().err


def test_a_folder_format_needs_a_folder(warehouse: Path, shop: Graph, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["cpg", "export", "neo4j", "--warehouse", str(warehouse)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2 and "name a folder" in " ".join(capsys.readouterr().err.split())


def read_csv(path: Path) -> list[dict[str, str | None]]:
    """Rows as DuckDB reads them: every column text, nothing between two commas null."""
    rows = duckdb.sql(
        f"SELECT * FROM read_csv('{path}', header = true, all_varchar = true, parallel = false, "
        "delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false)"
    )
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]


def hold_texts(connection: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    """A graph without edges whose nodes are called like the texts; the last one has no name."""
    connection.execute(
        "CREATE TABLE nodes AS SELECT 'r' AS repository, i AS node_id, CAST(NULL AS BIGINT) AS file_id, "
        "'CALL' AS kind, 1 AS bstart, 2 AS bend, 3 AS line, ?[i + 1] AS name, CAST(NULL AS VARCHAR) AS qualname, "
        "CAST(NULL AS VARCHAR) AS stable_id, 'ast' AS origin, 5 AS evidence_id FROM range(?) AS t(i)",
        [[*texts, None], len(texts) + 1],
    )
    connection.execute(
        "CREATE TABLE edges (repository VARCHAR, dst_repository VARCHAR, file_id BIGINT, src BIGINT, dst BIGINT, "
        "edge_id BIGINT, kind VARCHAR, ord INT, variable VARCHAR, origin VARCHAR, method VARCHAR, confidence DOUBLE)"
    )
    connection.execute("CREATE TABLE files (repository VARCHAR, file_id BIGINT, path VARCHAR)")
    connection.execute("CREATE TABLE property_maps (repository VARCHAR, entity_id BIGINT, properties VARCHAR)")


def names_in_graphml(path: Path) -> dict[str, str | None]:
    names = {}
    for node in ElementTree.parse(path).getroot().iterfind(f".//{GRAPHML}node"):
        element = node.find(f"{GRAPHML}data[@key='node_name']")
        names[node.get("id")] = None if element is None else element.text or ""
    return names


def names_in_dot(path: Path) -> dict[int, str | None]:
    """Names out of labels, unescaped the way that Graphviz reads them."""
    names: dict[int, str | None] = {}
    for line in path.read_text(encoding="utf-8").split("\n"):
        if " [label=" in line:
            node, label = line.split(' [label="', 1)
            kind, *rest = label.removesuffix('"];').split("\\n", 1)
            assert kind == "CALL"
            name = rest[0] if rest else None
            names[int(node[1:])] = name and unescaped(name)
            if name == "":
                names[int(node[1:])] = ""
    return names


def unescaped(text: str) -> str:
    letters = {"n": "\n", "r": "\r", '"': '"', "\\": "\\"}
    return re.sub(r"\\(.)", lambda found: letters[found[1]], text)
