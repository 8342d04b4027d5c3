def run(source):
    n = 0
    while True:
        value = source.pop()
        if value is None:
            break
        if value:
            n += 1
            continue
        while 1:
            n += 10
            if n > 15:
                return n
            break
    return -n


print(run([None, 1, 2]), run([None, 0, 0, 0]), run([None]))
