"""Definitions of one branch reach what comes after both; those of the other branch are not seen."""
from probe import sink, source, yes


def join(flag):
    if flag:
        x = source()
    else:
        x = "other"
    sink(x)  # flow


def killed(flag):
    x = source()
    if flag:
        x = "other"
        sink(x)  # none
    else:
        x = "another"
    sink(x)  # none


def chosen(flag):
    sink(source() if flag else "other")  # flow
    sink(source() or "other")  # flow
    sink("first" if flag else "other")  # none


join(yes())
killed(yes())
chosen(yes())
