x = "module"


class A:
    before = x
    x = "class"
    after = x


print(A.before, A.after)
