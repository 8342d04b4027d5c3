class Bad:
    def __enter__(self):
        raise OSError("enter")

    def __exit__(self, *details):
        raise AssertionError


class Worse:
    def __enter__(self):
        return self

    def __exit__(self, *details):
        raise LookupError("exit")


def run(kind):
    try:
        with kind() as it:
            print(it)
            if kind is Worse:
                return "returned"
    except OSError:
        return "enter"
    except LookupError:
        return "exit"
    return None


print(run(Bad), run(Worse))
