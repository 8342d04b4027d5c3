def check(n, quiet=False):
    assert n
    assert n > 1, "message " + str(n)
    assert quiet or n > 2 and n < 100, [n for n in range(2)]
    return n


for n in (0, 1, 2, 3, 100):
    try:
        print(check(n))
    except AssertionError as error:
        print(n, error)
print(check(2, True))
