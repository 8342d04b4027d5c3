for f in [
    lambda: 0, lambda: 1, lambda: 2, lambda: 3, lambda: 4, lambda: 5,
    lambda: 6, lambda: 7, lambda: 8, lambda: 9, lambda: 10, lambda: 11,
    lambda: 12, lambda: 13, lambda: 14, lambda: 15, lambda: 16, lambda: 17,
    lambda: 18, lambda: 19, lambda: 20, lambda: 21, lambda: 22, lambda: 23,
    lambda: 24, lambda: 25, lambda: 26, lambda: 27, lambda: 28, lambda: 29,
    lambda: 30, lambda: 31, lambda: 32, lambda: 33, lambda: 34, lambda: 35,
    lambda: 36, lambda: 37, lambda: 38, lambda: 39, lambda: 40, lambda: 41,
    lambda: 42, lambda: 43, lambda: 44, lambda: 45, lambda: 46, lambda: 47,
]:
    f()
