def f():
    for i in a:
        if b:
            continue
        if c:
            break
        d
    e
