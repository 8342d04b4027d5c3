def f():
    for i in a:
        continue
        b
    c
