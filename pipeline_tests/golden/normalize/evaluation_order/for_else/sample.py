nonlocal refused


def f():
    for x in a:
        if b:
            continue
        c
    else:
        d
    e
