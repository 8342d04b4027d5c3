def f(items):
    for item in items:
        found = item
        break
    else:
        found = None
    return found
