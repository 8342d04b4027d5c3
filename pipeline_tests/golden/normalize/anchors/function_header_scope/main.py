@decorate(flag)
def f(a: Hint = default, *, k=other) -> Result:
    return a
