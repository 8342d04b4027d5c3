class Manager:
    def __init__(self, name, suppress=False):
        self.name, self.suppress = name, suppress

    def __enter__(self):
        print("in", self.name)
        return self

    def __exit__(self, kind, error, trace):
        print("out", self.name, kind)
        return self.suppress


def run(how, suppress):
    for turn in range(2):
        with Manager("a", suppress) as a, Manager("b") as b:
            with Manager("c"):
                if how == "return":
                    return a.name
                if how == "break":
                    break
                if how == "continue":
                    continue
                if how == "raise":
                    raise ValueError(b.name)
            print("inner done")
        print("done", turn)
    else:
        print("else")
    return None


for how in ("return", "break", "continue", "raise", "fall"):
    for suppress in (False, True):
        try:
            print(run(how, suppress))
        except ValueError as error:
            print("raised", error)
