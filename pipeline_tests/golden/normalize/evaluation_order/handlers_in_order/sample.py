nonlocal refused


def f():
    try:
        a
    except b as x:
        c
    except:
        d
