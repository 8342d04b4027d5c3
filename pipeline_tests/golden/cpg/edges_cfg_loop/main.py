def last(items):
    for item in items:
        if item:
            break
    return item
