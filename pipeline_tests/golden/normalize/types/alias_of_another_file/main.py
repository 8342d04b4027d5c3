from kinds import Number


def f(a: Number): ...
