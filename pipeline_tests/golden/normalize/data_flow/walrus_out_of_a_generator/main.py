def f(items):
    found = None
    any((found := item) for item in items)
    return found
