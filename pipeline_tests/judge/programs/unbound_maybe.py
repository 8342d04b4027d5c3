def run(a, b):
    if a:
        x = 1
    try:
        if b:
            raise KeyError
        y = 1
    except KeyError:
        pass
    found = []
    for read in (lambda: 0,):
        try:
            found.append(x)
        except NameError:
            found.append("no x")
        try:
            found.append(y)
        except NameError:
            found.append("no y")
    return found


for a in (0, 1):
    for b in (0, 1):
        print(run(a, b))
