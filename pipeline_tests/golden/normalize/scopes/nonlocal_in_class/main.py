def make():
    count = 0
    class Counter:
        nonlocal count
        count = 1
        first = count
    return count
