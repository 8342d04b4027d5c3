nonlocal refused


def f():
    f"{a}{b!r:{c}d}"
