"""The repository at a glance: what is drawn and printed is what SQL counts."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree

import pytest

from pipeline_assets.cli import main
from pipeline_assets.products.summary_svg import as_summary, summary_panels, summary_svg

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def panels(shop):
    rows = shop.sql("FROM repository_summary").to_pylist()
    return {panel.title: {bar.label: bar for bar in panel.bars} for panel in summary_panels(as_summary(rows))}


def told(bars) -> dict[str, str]:
    return {label: bar.text for label, bar in bars.items()}


def number(bars) -> dict[str, int]:
    return {label: int(bar.text.split()[0].replace(",", "")) for label, bar in bars.items()}


def test_sizes_are_counts_of_rows(panels, ask):
    for label, text in told(panels["Rows by layer"]).items():
        assert text == f"{ask(f'SELECT count(*) FROM {chr(34)}{label.split()[1]}{chr(34)}')[0][0]:,}"


def test_the_rate_is_that_of_the_view(panels, ask):
    ((calls, resolved, rate),) = ask("SELECT calls, resolved, rate FROM resolution_rate")
    (title,) = (title for title in panels if title.endswith("by method"))
    assert title == f"{resolved:,} of {calls:,} calls resolved ({100 * rate:.0f} %), by method"
    methods = dict(ask("SELECT method, count(*) FROM call_targets WHERE rank = 0 GROUP BY ALL"))
    assert {label: int(text.split()[0]) for label, text in told(panels[title]).items()} == methods


def test_reasons_are_those_of_unresolved_calls(panels, ask):
    counted = dict(ask("SELECT reason, count(*) FROM unresolved WHERE what = 'call' GROUP BY ALL"))
    shown = told(panels["Calls not wholly resolved, by reason"])
    assert {label: int(text.split()[0]) for label, text in shown.items()} == counted


def test_what_is_known_of_calls_is_counted(panels, ask):
    ((calls, closed),) = ask("SELECT count(*), count_if(completeness = 'closed') FROM call_completeness")
    shown = panels[f"{closed:,} of {calls:,} calls closed ({100 * closed / calls:.0f} %)"]
    assert number(shown) == dict(ask("SELECT completeness, count(*) FROM call_completeness GROUP BY ALL"))
    reasons = dict(ask("SELECT reason, count(*) FROM call_completeness WHERE reason IS NOT NULL GROUP BY ALL"))
    assert number(panels["Calls not closed, by reason"]) == reasons
    assert sum(reasons.values()) == calls - closed


def test_precision_is_told_by_the_number_of_callees(panels, ask):
    counted = "SELECT call_id, count(*) AS callees FROM call_targets GROUP BY ALL"
    ((several, single),) = ask(f"SELECT avg(callees), avg(if(callees = 1, 1, 0)) FROM ({counted})")
    shown = panels[f"{several:.2f} callees a resolved call, {100 * single:.0f} % have one"]
    assert number(shown)["1"] == ask(f"SELECT count(*) FROM ({counted}) WHERE callees = 1")[0][0]
    assert sum(number(shown).values()) == sum(number(panels["Resolved calls, by who knows a callee"]).values())


def test_evidence_of_callees_is_told(panels, ask):
    shown = number(panels["Callees, by the evidence that has them"])
    assert shown["points_to + names"] == ask("SELECT count(*) FROM call_targets WHERE by_names AND by_points_to")[0][0]
    assert sum(shown.values()) == ask("SELECT count(*) FROM call_targets")[0][0]


def test_coverage_is_what_is_covered_of_what_there_is(panels, ask):
    query = (
        "SELECT subject, round(100 * sum(covered) / sum(total)), sum(total) FROM coverage WHERE covered >= 0 GROUP BY 1"
    )
    expected = {subject: f"{share:.0f} % of {total:,}" for subject, share, total in ask(query) if total}
    assert told(panels["Covered, by analysis"]) == expected


def test_the_largest_files_come_first_and_others_together(panels, ask):
    largest = ask("SELECT path, CAST(lines AS VARCHAR) FROM files ORDER BY lines DESC, path")
    assert list(told(panels["Largest files, in lines"]).items()) == largest, "the shop has fewer than ten files"
    kinds = told(panels["Nodes by kind"])
    counts = [count for (count,) in ask("SELECT count(*) FROM nodes GROUP BY kind ORDER BY 1 DESC")]
    assert [int(text) for text in kinds.values()] == [*counts[:12], sum(counts[12:])]
    assert list(kinds)[-1] == f"{len(counts) - 12} others"


def test_the_drawing_is_xml_with_a_bar_per_row(shop, panels):
    drawing = summary_svg("shop", as_summary(shop.sql("FROM repository_summary").to_pylist()))
    root = ElementTree.fromstring(drawing)
    bars = [rect for rect in root.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None]
    assert len(bars) == sum(len(panel) for panel in panels.values())
    assert all(0 < float(bar.get("width")) <= 180 for bar in bars)


def test_names_cannot_become_markup():
    drawing = summary_svg("<b>&\x1b", {"largest_files": {'"><script>\x00.py': 3}, "files": {}})
    root = ElementTree.fromstring(drawing)
    assert root.find(f"{SVG}title").text.startswith("<b>&\N{REPLACEMENT CHARACTER}: ")
    assert not root.findall(".//script")


def test_the_command_prints_and_draws(shop, warehouse, tmp_path, monkeypatch, capsys):
    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["cpg", "summary", *arguments, "--warehouse", str(warehouse)])
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
        return capsys.readouterr().out

    assert "shop/storage.py" in run()
    assert '"metric": "largest_files"' in run("--json")
    run("--svg", str(tmp_path / "shop.svg"))
    assert ElementTree.parse(tmp_path / "shop.svg").getroot().tag == f"{SVG}svg"
