"""Type expressions are those of Python's own tree: annotations give it again, comments are where `ast` has them.

The suite takes some packages; `CPG_TYPE_CORPUS=FOLDER[:FOLDER…]` names trees to take instead.
"""

from __future__ import annotations

import ast
import os
import shutil
import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline_tests.partial import built

LIBRARY = Path(sysconfig.get_path("stdlib"))
PACKAGES = ("asyncio", "importlib", "test/test_dataclasses", "unittest", "wsgiref", "zoneinfo")
MODULES = ("ast.py", "dataclasses.py", "functools.py", "typing.py", "test/ann_module.py", "test/test_typing.py")

ROWS = """
    SELECT path, a.line, a.col_utf8 AS column, t.position, t.canonical, t.type_text, t.is_string, t.is_comment,
        t.status, t.text, t.owner_id, decode(encode(x.text)[t.bstart + 1:t.bend]) AS bytes, o.line AS owner_line,
        o.kind AS owner_kind
    FROM type_exprs AS t JOIN files USING (file_id) JOIN ast_nodes AS a USING (node_id)
    JOIN ast_nodes AS o ON o.node_id = t.owner_id JOIN file_texts AS x ON x.file_id = t.file_id
    WHERE t.depth = {depth} AND {condition}
"""
STATED = ("parameter", "return", "variable", "attribute")

COMMENTED = '''
import m
a = b = []  # type: list[int]
c, d = 1, 2  # type: int, str
m.x = m.y[0] = None  # type:str # why
for e in m:  # type: float
    f = (
        1
    )  # type: bool
with m as g, m as h:  # type: int, str
    i = 1; j = 2  # type: int
async def k(  # a remark
    a,  # type: int
    b=(1),  # type: str
    *c,  # type: bytes
    d  # type: float
):
    # another

    # type: (...) -> None
    async with m as l:  # type: int
        async for n in m:  # type: str
            pass
class C:
    def o(self, a, *, b): # type: (int, str) -> C
        p = lambda: 0 # type: object
        q = """
        # type: int
        """
    @property
    def r(self
    ): # why
        # type: () -> int
        @m
        def s(): pass
'''


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Folders to look at: some of the library's, or those that the environment names."""
    if chosen := os.environ.get("CPG_TYPE_CORPUS"):
        return [Path(folder) for folder in chosen.split(os.pathsep)]
    root = tmp_path_factory.mktemp("library")
    for package in PACKAGES:
        if (LIBRARY / package).exists():
            shutil.copytree(LIBRARY / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    for module in MODULES:
        if (LIBRARY / module).exists():
            (root / module).parent.mkdir(exist_ok=True)
            shutil.copy(LIBRARY / module, root / module)
    return [root]


def test_every_annotation_gives_the_same_tree_again(trees: list[Path]) -> None:
    compared = 0
    for root in trees:
        stated = ", ".join(f"'{position}'" for position in STATED)
        with built(root, "type_exprs") as graph:
            rows = graph.sql(ROWS.format(depth=0, condition=f"t.position IN ({stated}) AND NOT is_comment")).to_pylist()
            read = graph.sql("SELECT DISTINCT path FROM ast_nodes JOIN files USING (file_id)")["path"].to_pylist()
        trees_of = {path: tree for path in sorted(read) if (tree := parsed(root / path)) is not None}
        expected = {place: node for path, tree in trees_of.items() for place, node in annotations(path, tree)}
        found = {(row["path"], row["line"], row["column"]): row for row in rows if row["path"] in trees_of}
        assert found.keys() == expected.keys()
        different = [(place, found[place]["text"]) for place, node in expected.items() if not same(found[place], node)]
        assert different == []
        compared += len(expected)
    assert compared > 500


def parsed(path: Path) -> ast.Module | None:
    """The tree of a file; None where Python does not get along with a byte order mark beside a declared encoding."""
    try:
        return ast.parse(path.read_bytes())
    except SyntaxError:
        return None


def annotations(path: str, tree: ast.Module) -> Iterator[tuple[Any, ast.expr]]:
    for node in ast.walk(tree):
        for field in ("annotation", "returns"):
            found = getattr(node, field, None)
            if isinstance(found, ast.expr):
                yield (path, found.lineno, found.col_offset), found


def same(row: dict[str, Any], node: ast.expr) -> bool:
    """Whether the canonical text is the annotation's tree, or that of what its string says; its bytes spell it, too."""
    if row["status"] == "empty":
        return isinstance(node, ast.Constant) and not str(node.value).strip()
    if row["is_string"] and row["status"] != "unparsable":
        value: ast.expr = node
        while isinstance(value, ast.Constant) and isinstance(value.value, str):
            value = ast.parse(f"[{value.value}\n]", mode="eval").body.elts[0]  # type: ignore[attr-defined]
        node = value
    else:
        spelled = ast.parse(f"[{row['bytes']}\n]", mode="eval").body.elts[0]  # type: ignore[attr-defined]
        if ast.dump(spelled) != ast.dump(node):
            return False
    read = ast.parse(f"[{row['canonical']}]", mode="eval").body
    return ast.dump(read) == ast.dump(ast.List([node], ast.Load()))


def test_type_comments_are_where_python_reads_them(tmp_path: Path) -> None:
    (tmp_path / "commented.py").write_text(COMMENTED)
    with built(tmp_path, "type_exprs") as graph:
        rows = graph.sql(ROWS.format(depth=0, condition="is_comment")).to_pylist()
    owners = Counter((row["owner_line"], row["owner_kind"]) for row in rows)
    assert owners == Counter(described(ast.parse(COMMENTED, type_comments=True)))
    assert {row["status"] for row in rows} == {"ok"}


def described(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and kind of everything that a type comment is about, as the tree has the comments."""
    for node in ast.walk(tree):
        comment = getattr(node, "type_comment", None)
        if comment is None:
            continue
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.For | ast.AsyncFor):
            targets = [node.target]
        elif isinstance(node, ast.With | ast.AsyncWith):
            targets = [item.optional_vars for item in node.items if item.optional_vars]
        elif isinstance(node, ast.arg):
            targets = [node]  # type: ignore[list-item]
        else:
            yield node.lineno, type(node).__name__
            given = ast.parse(comment, mode="func_type").argtypes
            every = [*node.args.args, *filter(None, [node.args.vararg]), *node.args.kwonlyargs]
            targets = every[len(every) - len(given) :] if ast.unparse(given[0] if given else node) != "..." else []
        for target in targets:
            inner = target.elts if isinstance(target, ast.Tuple) else [target]
            yield from ((each.lineno, type(each).__name__) for each in inner)
