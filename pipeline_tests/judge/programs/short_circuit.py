def run(a, b, c):
    x = a and b or c
    y = not (a or b) and (c or a)
    if a and (b or not c):
        z = 1
    elif a or b and c:
        z = 2
    else:
        z = 3
    while a and b:
        a = c
        b = b - 1
    return x, y, z


for a in (0, 1):
    for b in (0, 2):
        for c in (0, 3):
            print(run(a, b, c))
