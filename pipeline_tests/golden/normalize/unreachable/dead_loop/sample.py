def f():
    return a
    for x in b:
        if c:
            break
