def f():
    for i in a:
        for j in b:
            if c:
                break
        d
