def f(a, *b, **c):  # type: (int, *str, **bytes) -> bool
    pass


class C:
    def method(self, a):
        # a remark

        # type: (float) -> None
        return

    def other(self):  # type: () -> "C"
        pass


def g(a, b):
    # type: (...) -> complex
    pass


def h(a, b):
    # type: (int) -> complex
    pass
