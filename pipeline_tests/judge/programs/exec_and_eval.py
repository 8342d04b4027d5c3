scope = {}
exec("def made(x):\n    return x + 1\ny = made(1)", scope)
print(scope["y"], eval("a + b", {"a": 1}, {"b": 2}))


def local_exec():
    z = 1
    exec("z = 2")
    return z, [eval("v", {"v": v}) for v in range(2)], sorted(locals())


print(local_exec())
