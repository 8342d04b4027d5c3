def run(n):
    for i in range(n):
        if i:
            del value
        value = i
    try:
        del value, other
    except UnboundLocalError:
        other = "x"
    return other


print(run(1), run(3))
try:
    print(run(0))
except UnboundLocalError as error:
    print(error)
