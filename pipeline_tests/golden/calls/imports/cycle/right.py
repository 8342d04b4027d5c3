import left


def pong(n):
    left.ping(n)
