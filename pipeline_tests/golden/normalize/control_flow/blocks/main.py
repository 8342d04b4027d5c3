def f():
    for i in a:
        b
    if c:
        d
    try:
        e
        g
    except E:
        h
