def countdown(n):
    return countdown(n - 1)
