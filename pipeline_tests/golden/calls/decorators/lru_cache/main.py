from functools import lru_cache


@lru_cache(maxsize=None)
def act(n):
    return n


act(1)
