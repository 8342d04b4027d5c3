def total(items):
    return sum(item for item in items)
