def f():
    while a:
        if b:
            break
        if c:
            continue
        d
    else:
        e
    g
