x = "module"
y = "module y"


class A:
    x = "class"
    after = x
    y = y

    def method(self):
        return x, __class__.__name__

    for i in range(2):
        if i:
            x += str(i)
    try:
        z = missing
    except NameError:
        z = "none"
    del i
    inner = [len for _ in range(1)]

    class Nested:
        seen = x


print(A.after, A.y, A().method(), A.x, A.z, A.Nested.seen)
