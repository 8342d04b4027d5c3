def f():
    for i in a:
        if b:
            break
    else:
        c
    d
