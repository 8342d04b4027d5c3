from __future__ import annotations


def f(p: (lambda: a)):
    return p
