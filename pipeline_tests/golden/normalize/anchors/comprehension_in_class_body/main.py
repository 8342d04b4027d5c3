class C:
    size = 3
    squares = [i * i for i in range(size)]
