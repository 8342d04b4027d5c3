def f(rows):
    return [x * 2 for x in rows if x]
