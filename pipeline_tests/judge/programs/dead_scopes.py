def run(a):
    match a:
        case 1:
            return "one"
            b = [(lambda: b) for c in (a, 1)]
            print(b)
        case _:
            made = [[(lambda: c)() for c in d] for d in [[a, 2], []]]
            return made
    while True:
        b = lambda: [c for c in a]
    print({a: (lambda: a) for a in b})


print(run(1), run(2))
