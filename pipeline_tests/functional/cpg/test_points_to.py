"""Odd programs cost points-to nothing but precision."""

from __future__ import annotations

from pipeline_tests.functional.normalize.control_flow.lifted import lifted

ODD = {
    "taken_by_a_builtin.py": "def act(): ...\ntable = {'a': act}\nfor found in map(table.get, ['a']): found()\n",
    "digits.py": "def act(): ...\nt = {'²': act, -99999999999999999999: act}\nt['²']()\nt[-99999999999999999999]()\n",
    "itself.py": "f = lambda g: g(g)\nf(f)\nx = []\nx.append(x)\nx[0][0]()\n",
    "no_arguments.py": "import functools\nfunctools.partial()()\nmap()\nsorted()\nsuper().x()\ntype()()\ngetattr()()\n",
    "starred.py": "def f(*a, **k): a[0](); k['x']()\nf(*[f], **{'x': f})\nfirst, *rest = f, f\nrest[0]()\n",
    "deleted.py": "def f(): ...\ng = f\ndel g\ng()\n",
    "bases.py": "class A(B): ...\nclass B(A): ...\nA().m()\nclass C(C, *D, metaclass=C): ...\nC()()\n",
    "refused.py": "def f(:\n",
    "circle.py": "def act(): ...\ndef f(x):\n    while x: x = x\n    return x()\nf(act)\n",
    "unpacked.py": "class M(dict):\n    def __missing__(self, k): return k\ndef f(a): ...\nm = M()\nf(*m)\n",
    "told_later.py": "def act(): ...\nclass A: ...\nclass B(A): ...\ndef read(b): b.hook()\nread(B())\nA.hook = act\n",
    "told_before.py": "def act(): ...\nclass A: ...\nclass B(A): ...\nA.hook = act\ndef read(b): b.hook()\nread(B())\n",
}


def test_odd_programs_are_solved() -> None:
    connection = lifted(ODD, "called_values")
    found = connection.execute(
        """
        SELECT DISTINCT path, n.line, d.name FROM call_candidates AS c
        JOIN ast_nodes AS n ON n.node_id = c.site_node JOIN files AS f ON f.file_id = n.file_id
        JOIN definitions AS d ON d.definition_id = c.target_id
        """
    ).fetchall()
    assert {("taken_by_a_builtin.py", 3, "act"), ("digits.py", 3, "act"), ("digits.py", 4, "act")} <= set(found)
    assert ("starred.py", 2, "f") in found
    assert {("circle.py", 4, "act"), ("told_later.py", 4, "act"), ("told_before.py", 5, "act")} <= set(found)
    sites = "SELECT count(*) FROM call_candidates AS c JOIN ast_nodes AS n ON n.node_id = c.site_node"
    assert connection.execute(f"{sites} WHERE n.kind = 'arg'").fetchall() == [(0,)]
