def f():
    if a:
        b
    else:
        c
    for i in d:
        e
    g
    h
    k
