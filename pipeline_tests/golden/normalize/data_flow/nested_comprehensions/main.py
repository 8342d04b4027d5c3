def f(rows):
    return [[x for x in x] for x in rows]
