def run(log):
    for i in range(3):
        try:
            yield i
            log.append(i)
        finally:
            yield -i
            log.append("f")
    log.append("end")


log = []
print(list(run(log)), log)
g = run([])
next(g)
try:
    print(g.throw(KeyError))
    next(g)
except KeyError:
    print("reraised")
g = run([])
next(g)
try:
    g.close()
except RuntimeError as error:
    print(error)
