from __future__ import annotations

nonlocal refused


def f():
    def g(p: c = d) -> e:
        pass
    lambda: a
