def key(item):
    return item


sorted([2, 1], key=key)
