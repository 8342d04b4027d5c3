def run(n):
    x = "outer"
    squares = [x * x for x in range(n) if x % 2 if x > 1]
    pairs = {(a, b) for a in range(n) for b in range(a) if a != b}
    table = {k: v for k, v in zip("ab", range(n))}
    lazy = (x + y for x in range(n) for y in [x] if y)
    nested = [[j for j in range(i)] for i in range(n)]
    return x, squares, sorted(pairs), table, list(lazy), nested


print(run(0), run(4))
k = 10
print([k for k in range(3)], k, {k: k for k in "ab"}, k)
