import right


def ping(n):
    if n:
        right.pong(n - 1)
