limit = 1
def check():
    (limit): int = 2
    return limit
