def outer(items):
    seen = None
    def inner():
        nonlocal seen
        return {(seen := item) for item in items}
    return inner, seen
