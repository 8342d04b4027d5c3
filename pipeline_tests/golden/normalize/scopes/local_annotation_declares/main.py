limit = 1
def check():
    limit: int
    return limit
