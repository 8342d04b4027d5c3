def run(keep):
    x = 1
    y = [1, 2, 3]
    del y[0], y[-1]
    if not keep:
        del x
    try:
        return x, y
    except UnboundLocalError:
        x = "again"
    return x, y


print(run(True), run(False))
a = b = 1
del a, (b)
try:
    b
except NameError as error:
    print(error)
