def accumulate(total):
    def add(value):
        nonlocal total
        total += value
        return total
    return add
