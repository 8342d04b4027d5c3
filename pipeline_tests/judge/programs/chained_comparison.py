def run(a, b, c):
    if a < b < c:
        return "rising"
    elif a == b == c != 3:
        return "same"
    x = a <= b > c
    y = not a < b <= c
    while a < b < 10:
        a += 1
        b += 2
    assert a is not None is not False, "never"
    return x, y, a in [b, c] == [1], a, b


print(run(1, 2, 3), run(1, 1, 1), run(3, 3, 3), run(1, 3, 2), run(2, 1, 3), run(0, 1, 0))
