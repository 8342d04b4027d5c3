class Quiet:
    def __enter__(self):
        return "value"

    def __exit__(self, *details):
        return True


def run(fail):
    result = "before"
    with Quiet() as result:
        if fail:
            raise KeyError
        result = "inside"
    return result


def maybe(fail):
    with Quiet():
        if fail:
            raise KeyError
        late = 1
    try:
        return late
    except UnboundLocalError:
        return "unbound"


print(run(True), run(False), maybe(True), maybe(False))
