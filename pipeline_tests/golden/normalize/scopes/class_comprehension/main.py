class Grid:
    n = 3
    columns = [n for _ in range(n)]
    small = {k for k in (1, 2) if k < n}
    pairs = {i: j for i in (n, 0) for j in range(n)}
    lazy = (m for m in [n])
