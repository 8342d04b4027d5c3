from __future__ import annotations

import ibis
import pytest

from pipeline_assets.extract.layers import OPT_IN, UnknownLayer, chosen_layers, is_wanted
from pipeline_assets.store.selection import layers_text

KNOWN = {"files", "ast", "tokens", "pyrefly", "cst", "tree_sitter_nodes", "tree_sitter"}


def _is_wanted(text: str, layer: str) -> bool:
    layers = layers_text(chosen_layers(text, KNOWN))
    table = ibis.memtable({"layers": [layers]})
    return bool(table.select(wanted=is_wanted(table, layer)).execute()["wanted"][0])


def test_by_default_every_layer_is_wanted_but_those_to_ask_for():
    assert {layer for layer in KNOWN if _is_wanted("", layer)} == KNOWN - OPT_IN


@pytest.mark.parametrize("choice", ["+cst", "cst", " +cst , +tokens"])
def test_a_layer_can_be_asked_for(choice):
    assert _is_wanted(choice, "cst")
    assert _is_wanted(choice, "tokens")


def test_a_layer_can_be_left_out_and_no_other_goes_with_it():
    assert not _is_wanted("-tree_sitter", "tree_sitter")
    assert _is_wanted("-tree_sitter,+tree_sitter_nodes", "tree_sitter_nodes")
    assert _is_wanted("-pyrefly", "tokens")


def test_what_changes_nothing_is_not_noted():
    assert chosen_layers("-cst,tokens,+pyrefly", KNOWN) == ()


def test_layers_that_are_not_there_or_needed_are_refused():
    with pytest.raises(UnknownLayer, match="there is no layer 'typos'; there are ast, cst"):
        chosen_layers("+typos", KNOWN)
    with pytest.raises(UnknownLayer, match="the layer ast cannot be left out: the others are made from it"):
        chosen_layers("-ast", KNOWN)
