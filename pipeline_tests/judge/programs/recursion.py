def factorial(n):
    if n <= 1:
        return 1
    return n * factorial(n - 1)


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def walk(tree):
    if isinstance(tree, list):
        for branch in tree:
            yield from walk(branch)
    else:
        yield tree


def deep(n):
    try:
        return deep(n + 1)
    except RecursionError:
        return n > 10
    finally:
        n = None


print(factorial(10), even(7), list(walk([1, [2, [3]], []])), deep(0))
