def max(a, b):
    return a

print(max(1, len(nothing)))
