"""What methods of classes outside call of the object that they are called on: `JSONEncoder.encode` asks `default`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_assets.cpg.points_to import calls, members
from pipeline_assets.cpg.points_to.objects import INSTANCE, METHODS, SUPER
from pipeline_assets.cpg.points_to.triggers import CALL_BACK

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.program import Call
    from pipeline_assets.cpg.points_to.solver import Solver

_VISITED = ("visit_*", "generic_visit")
_ASKED = {
    **dict.fromkeys(("json.JSONEncoder.encode", "json.JSONEncoder.iterencode"), ("default",)),
    **dict.fromkeys(("ast.NodeVisitor.visit", "ast.NodeTransformer.visit"), _VISITED),
    **dict.fromkeys(("ast.NodeVisitor.generic_visit", "ast.NodeTransformer.generic_visit"), _VISITED),
    **dict.fromkeys(("html.parser.HTMLParser.feed", "html.parser.HTMLParser.close"), ("handle_*", "unknown_decl")),
    **dict.fromkeys(("cmd.Cmd.cmdloop", "cmd.Cmd.onecmd"), ("do_*", "default", "precmd", "postcmd", "emptyline")),
    "logging.Handler.handle": ("filter", "emit"),
    "logging.Formatter.format": ("formatTime", "formatException", "formatStack"),
}
"""Methods, by what calls them; a star stands for any rest of a name."""


def add_callbacks(solver: Solver, call: Call, name: str) -> None:
    """Let a method outside call those of its object that the repository has."""
    if name in _ASKED:
        argument = call.positional[0] if call.positional else -1
        solver.on(solver.constraints.operand(call.callee), CALL_BACK, (name, call.site, argument), -1)


def call_back(solver: Solver, value: int, what: tuple[str, int, int], result: int) -> None:
    """Call the methods of one object."""
    name, site, argument = what
    if solver.objects.kinds[value] == SUPER:
        value = solver.objects.seconds[value]
    if solver.objects.kinds[value] != INSTANCE:
        return
    for asked in _ASKED[name]:
        if asked.endswith("*"):
            every = solver.program.variable("methods", value, asked)
            solver.give(every, solver.objects.get(METHODS, asked[:-1], value))
            calls.imply(solver, site, "callback", every, [argument], -1)
        elif members.has(solver, value, asked):
            calls.imply_method(solver, site, "callback", value, asked, [argument], -1)
