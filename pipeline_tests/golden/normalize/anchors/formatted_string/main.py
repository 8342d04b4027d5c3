def f(a, b, w):
    return f"<{a}|{b!r:>{w}}>"
