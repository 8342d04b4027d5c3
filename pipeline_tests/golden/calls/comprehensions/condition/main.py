def good(n):
    return True


{n for n in [1] if good(n)}
