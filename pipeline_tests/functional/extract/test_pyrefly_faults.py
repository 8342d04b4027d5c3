"""Pyrefly absent, crashing, hanging, or writing what nobody expects: no facts, and every file says why."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pipeline_assets.extract.producers.pyrefly import run as pyrefly_run
from pipeline_assets.extract.producers.pyrefly.contracts import CONTRACTS
from pipeline_tests.pyrefly_running import Analysed, analyse, is_running, pyrefly_tables, stand_in

CONTENTS = {
    "a.py": "def f(x: int): return abs(x)\nf(1)\n",
    "b.py": "from a import f\nclass C:\n    x = f(2)\nprint(C().x)\n",
}

CHANGE = """
for found in [*GENUINE.glob("*.json"), *GENUINE.glob("*/[ab]:*.json")]:
    copy = REPORT / found.relative_to(GENUINE)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(found.read_text().replace((GENUINE / "scratch").read_text(), str(REPORT.parent)))
def change(path, how):
    for found in sorted(REPORT.glob(path)):
        document = json.loads(found.read_text())
        found.write_text(json.dumps(how(document)))
"""


def test_absent(tmp_path, monkeypatch):
    monkeypatch.setattr(pyrefly_run, "DISTRIBUTION", "pyrefly-that-nobody-made")
    found = _without_facts(tmp_path, "skipped")
    assert found["message"] == "Pyrefly is not installed beside this interpreter"


def test_program_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(pyrefly_run, "executable", lambda: tmp_path / "gone")
    assert "No such file" in _without_facts(tmp_path, "crashed")["message"]


def test_crash(tmp_path, monkeypatch):
    program = "print('about to', os.getcwd(), file=sys.stderr)\nos.kill(os.getpid(), signal.SIGSEGV)"
    stand_in(tmp_path, monkeypatch, program)
    assert _without_facts(tmp_path, "crashed")["message"] == "Pyrefly ended with exit code -11: about to"


def test_exit_without_a_report(tmp_path, monkeypatch):
    stand_in(tmp_path, monkeypatch, "sys.exit(1)")
    assert _without_facts(tmp_path, "crashed")["message"] == "Pyrefly ended without leaving a report"


def test_hang_is_stopped_with_everything_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr(pyrefly_run, "SECONDS", 3.0)
    marks = tmp_path / "pids"
    program = f"""
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
Path({str(marks)!r}).write_text(f"{{os.getpid()}} {{child.pid}}")
time.sleep(600)
"""
    stand_in(tmp_path, monkeypatch, program)
    found = _without_facts(tmp_path, "timeout")
    assert (found["limit"], found["message"]) == ("seconds", "Pyrefly was stopped after 3 seconds")
    _are_gone(marks)


def test_what_it_leaves_behind_is_stopped_as_well(tmp_path, monkeypatch):
    marks = tmp_path / "pids"
    program = f"""
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
Path({str(marks)!r}).write_text(str(child.pid))
sys.exit(1)
"""
    stand_in(tmp_path, monkeypatch, program)
    _without_facts(tmp_path, "crashed")
    _are_gone(marks)


def test_format_of_another_version(genuine, tmp_path, monkeypatch):
    change(genuine, tmp_path, monkeypatch, "change('pyrefly.pysa.json', lambda it: it | {'format_version': 2})")
    found = _without_facts(tmp_path, "failed")
    assert (found["error_class"], found["message"]) == (
        "UnknownFormat",
        "the report has format 2; format 1 can be read",
    )


MALFORMED = ["", "[]", "{}", "null", "{'", '{"format_version": 1}', '{"format_version": 1, "modules": {"1": 1}}']


@pytest.mark.parametrize("content", MALFORMED)
def test_index_of_another_shape(tmp_path, monkeypatch, content):
    program = f"REPORT.mkdir()\n(REPORT / 'pyrefly.pysa.json').write_text({content!r})\nsys.exit(1)"
    stand_in(tmp_path, monkeypatch, program)
    assert _without_facts(tmp_path, "failed")["error_class"] == "UnknownFormat"


@pytest.fixture(scope="module")
def genuine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Pyrefly itself reports, and for which folder: starting it takes seconds."""
    folder = tmp_path_factory.mktemp("genuine")
    report = folder / "report"
    keep = f"""
subprocess.run([REAL, *ARGS])
shutil.copytree(REPORT, {str(report)!r})
Path({str(report / "scratch")!r}).write_text(str(REPORT.parent))
"""
    with pytest.MonkeyPatch.context() as patch:
        stand_in(folder, patch, keep)
        analyse(folder, CONTENTS)
    return report


@pytest.mark.parametrize("folder", ["definitions", "call_graphs", "type_of_expressions"])
@pytest.mark.parametrize(
    "how",
    [
        "[1]",
        "it | {'format_version': 7}",
        "{'format_version': 1}",
        "{key: 5 if isinstance(value, dict) else value for key, value in it.items()}",
        "{key: {'F:0': 3, 'MTL': [], '0': {}} if isinstance(value, dict) else value for key, value in it.items()}",
    ],
)
def test_a_malformed_document_costs_its_file(genuine, tmp_path, monkeypatch, folder, how):
    change(genuine, tmp_path, monkeypatch, f"change('{folder}/a:*.json', lambda it: {how})")
    found = analyse(tmp_path, CONTENTS)
    statuses = found.statuses()
    assert (statuses["a.py"]["status"], statuses["b.py"]["status"]) == ("failed", "ok")
    assert statuses["a.py"]["message"]
    for dataset in ("types", "calls", "functions", "classes", "overrides", "captures"):
        assert not found.rows(dataset, "a.py")
    (call,) = found.rows("calls", "b.py", text="f(2)")
    assert call["target"] == "a.f"


def test_a_document_that_is_missing_costs_its_file(genuine, tmp_path, monkeypatch):
    change(genuine, tmp_path, monkeypatch, "[path.unlink() for path in REPORT.glob('call_graphs/a:*.json')]")
    statuses = analyse(tmp_path, CONTENTS).statuses()
    assert statuses["a.py"]["message"] == "the report holds no call_graphs of it"
    assert statuses["b.py"]["status"] == "ok"


def test_a_file_that_the_report_leaves_out(genuine, tmp_path, monkeypatch):
    leave = "it | {'modules': {key: one for key, one in it['modules'].items() if one['module_name'] != 'a'}}"
    change(genuine, tmp_path, monkeypatch, f"change('pyrefly.pysa.json', lambda it: {leave})")
    statuses = analyse(tmp_path, CONTENTS).statuses()
    assert (statuses["a.py"]["status"], statuses["b.py"]["status"]) == ("failed", "ok")
    assert "does not mention it" in statuses["a.py"]["message"]


def test_positions_that_the_file_does_not_have(genuine, tmp_path, monkeypatch):
    move = "json.loads(json.dumps(it).replace('2:1-2:5', '200:1-200:5'))"
    change(genuine, tmp_path, monkeypatch, f"change('call_graphs/a:*.json', lambda it: {move})")
    found = analyse(tmp_path, CONTENTS)
    status = found.statuses()["a.py"]
    assert (status["status"], status["limit"]) == ("limited", "positions")
    assert {row["text"] for row in found.rows("calls", "a.py", site="call", origin=None)} == {"abs(x)"}


def test_an_unusual_exit_code_is_recorded_beside_what_was_reported(tmp_path, monkeypatch):
    stand_in(tmp_path, monkeypatch, "subprocess.run([REAL, *ARGS], stderr=subprocess.DEVNULL)\nsys.exit(3)")
    found = analyse(tmp_path, CONTENTS)
    assert {(row["status"], row["message"]) for row in found.statuses().values()} == {
        ("ok", "Pyrefly ended with exit code 3")
    }
    assert found.rows("calls", "a.py", text="abs(x)")


def test_strings_that_are_not_text_do_no_harm(genuine, tmp_path, monkeypatch):
    spoil = "json.loads(json.dumps(it).replace('\"int\"', '\"' + chr(92) + 'ud800\"'))"
    change(genuine, tmp_path, monkeypatch, f"change('type_of_expressions/a:*.json', lambda it: {spoil})")
    statuses = analyse(tmp_path, CONTENTS).statuses()
    assert statuses["b.py"]["status"] == "ok"
    assert statuses["a.py"]["status"] == "failed"


def test_no_files_need_no_run(tmp_path, monkeypatch):
    stand_in(tmp_path, monkeypatch, "raise SystemExit(9)")
    found = analyse(tmp_path, CONTENTS)
    tables = pyrefly_tables(found.tree, found.files.slice(0, 0), tmp_path / "other")
    assert all(not table.num_rows for table in tables.values())


def change(genuine: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Let Pyrefly report what it did, with one change."""
    stand_in(folder, monkeypatch, f"GENUINE = Path({str(genuine)!r}){CHANGE}{how}")


def _without_facts(folder: Path, status: str) -> dict[str, object]:
    found = analyse(folder, CONTENTS)
    assert isinstance(found, Analysed)
    for contract in CONTRACTS[:-1]:
        assert found.tables[contract.name].num_rows == 0
        assert tuple(found.tables[contract.name].column_names) == contract.names
    rows = list(found.statuses().values())
    assert {row["status"] for row in rows} == {status}
    assert len({row["message"] for row in rows}) == 1
    return rows[0]


def _are_gone(marks: Path) -> None:
    deadline = time.monotonic() + 30
    pids = [int(pid) for pid in marks.read_text().split()]
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert pids
    assert not any(map(is_running, pids)), os.getpid()
