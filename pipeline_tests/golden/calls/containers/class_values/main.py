class A:
    def __init__(self):
        pass
class B:
    def __init__(self):
        pass
makers = {"a": A, "b": B}
makers["a"]()
