def run(a, b):
    x = 1 if a else 2 if b else 3
    y = (lambda: "l")() if a and b else [i for i in range(b)] if b else None
    f = f"{x if a else y!r:>{x}}"
    return x, y, f, (a if b else b) if a else (b or "neither")


for a in (0, 1):
    for b in (0, 1):
        print(run(a, b))
