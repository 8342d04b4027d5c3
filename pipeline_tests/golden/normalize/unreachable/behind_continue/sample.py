def f():
    for x in a:
        continue
        b
