def make(x, flag):
    class C:
        before = x
        if flag:
            x = "own"
        after = x

        def get(self):
            return x

        @property
        def twice(self):
            return self.after * 2

        @staticmethod
        def free(x=x):
            return x

    return C.before, C.after, C().get(), C().twice, C.free()


try:
    print(make("given", True))
except NameError as error:
    print("class body:", error)


def read(x):
    class D:
        y = x

        def get(self):
            return super().__repr__ is not None, y

    y = 5
    return D.y, D().get()


print(read(1))
