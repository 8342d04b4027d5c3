def f():
    x = await a
    [await b for c in d]
