def f(rows):
    for row in rows:
        got = yield row
        yield from other(got)
