def f():
    try:
        a
    except (E, F):
        b
    c
