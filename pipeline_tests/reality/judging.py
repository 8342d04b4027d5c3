"""Compare what ran with what the call graph says."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from pipeline_tests.reality.graph import CallGraph, Site
from pipeline_tests.reality.observing import Call


@dataclass
class Verdict:
    """Different observed calls, and how many of them the graph has."""

    name: str
    tests: Counter[str] = field(default_factory=Counter)
    seen: dict[str, int] = field(default_factory=dict)
    """Observed by class: site (call expression and callee), pair (their caller and callee), through (what is called
    calls the callee: `sorted`, a class outside), implicit (no call expression makes it), any pair (of all of them)."""
    found: dict[str, int] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)
    closed_misses: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    """Missed calls by shape of the call expression and completeness."""
    figures: dict[str, float] = field(default_factory=dict)
    """Of all call expressions of the watched files."""
    troubles: list[str] = field(default_factory=list)

    def recall(self, what: str) -> float:
        """Share of the observed that is found."""
        return self.found.get(what, 0) / max(1, self.seen.get(what, 0))


def judge(name: str, graph: CallGraph, calls: Iterable[Call], files: Set[str]) -> Verdict:
    """The verdict on the calls that these files of a tree make."""
    verdict = Verdict(name)
    once: dict[tuple[str, object, object], bool] = {}
    for call in calls:
        if call.caller.path not in files:
            continue
        callees = graph.definition(call.callee)
        if not callees:
            verdict.reasons[f"no definition for {call.callee.qualname}"] += 1
            continue
        site = graph.site(call)
        kind = _kind(call, site)
        is_found = _has(graph, site, call, callees)
        if (kind, site and site.call_id, call.callee) not in once and kind != "implicit" and not is_found:
            _note(verdict, site, call, kind)
        once[kind, site.call_id if site else (call.caller, call.line), call.callee] = is_found
        for what in ("pair", "any pair") if kind == "site" else ("any pair",):
            pair = (what, call.caller, call.callee)
            once[pair] = once.get(pair, False) or is_found
    for (kind, *_), is_found in once.items():
        verdict.seen[kind] = verdict.seen.get(kind, 0) + 1
        verdict.found[kind] = verdict.found.get(kind, 0) + is_found
    verdict.figures = _figures([site for site in graph.sites.values() if site.path in files])
    return verdict


def _has(graph: CallGraph, site: Site | None, call: Call, callees: set[int]) -> bool:
    if site is None:
        return graph.has_implicit(call, callees)
    return bool(site.targets & callees) or (call.how not in WRAPPERS and bool(site.implied & callees))


WRAPPERS = ("direct", "through partial", "through _lru_cache_wrapper")
"""Calling one of these is calling the function inside."""


def _kind(call: Call, site: Site | None) -> str:
    if site is None:
        return "implicit"
    return "site" if call.how in WRAPPERS and not _is_by_slot(call, site) else "through"


def _is_by_slot(call: Call, site: Site) -> bool:
    """Whether a builtin's slot asks an argument: before 3.12 nobody tells that it is what is called."""
    name = call.callee.qualname.rpartition(".")[2]
    is_special = name.startswith("__") and name.endswith("__") and name not in ("__init__", "__new__", "__call__")
    return sys.version_info < (3, 12) and is_special and name != site.callee_name


def _note(verdict: Verdict, site: Site | None, call: Call, kind: str) -> None:
    assert site is not None
    said = f"{site.path}:{site.line} {site.caller} -> {call.callee.qualname} ({call.how}, {site.shape})"
    verdict.misses.append(said)
    verdict.reasons[f"{kind}: {site.shape}, {site.completeness}"] += 1
    if site.completeness == "closed" and kind == "site":
        verdict.closed_misses.append(said)


def _figures(sites: list[Site]) -> dict[str, float]:
    resolved = [site for site in sites if site.targets]
    both = sum("names and points_to" in site.origins for site in resolved)
    return {
        "sites": len(sites),
        "resolved": len(resolved) / max(1, len(sites)),
        "closed": sum(site.completeness == "closed" for site in sites) / max(1, len(sites)),
        "candidates a resolved site": sum(len(site.targets) for site in resolved) / max(1, len(resolved)),
        "single target": sum(len(site.targets) == 1 for site in resolved) / max(1, len(resolved)),
        "layers agree": both / max(1, len(resolved)),
    }
