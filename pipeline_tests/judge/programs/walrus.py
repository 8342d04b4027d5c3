def run(items):
    if (n := len(items)) > 2 and (last := items[-1]):
        print(n, last)
    while (head := items.pop() if items else None) is not None:
        print(head)
    total = [seen := x for x in (1, 2, 3) if (half := x / 2) > 0.5]
    return n, head, seen, half, total


print(run([1, 2, 3]))
print([y := 1, y**2, (lambda: (z := 2) + z)()], any((hit := v) > 1 for v in (0, 2, 3)), hit)
