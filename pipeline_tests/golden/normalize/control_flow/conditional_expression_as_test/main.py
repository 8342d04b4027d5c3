def f():
    if a if b else c:
        d
    e
