def f(read):
    while line := read():
        use(line)
    return line
