limit = 3

def wrap(limit): return limit

@wrap
def take(limit: limit = limit) -> limit:
    return limit
