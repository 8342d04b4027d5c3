def run(n):
    base = 10
    total = sum(base + i for i in range(n) if i)
    nested = list((i, list(j for j in range(i))) for i in range(n))
    first = next((i for i in range(n) if i > 1), None)
    return total, nested, first, all(i < base for i in range(n)), any(i > base for i in range(n))


print(run(0), run(4))
