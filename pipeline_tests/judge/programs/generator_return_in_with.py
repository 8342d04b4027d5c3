from contextlib import contextmanager


@contextmanager
def managed(log):
    log.append("in")
    try:
        yield log
    except ValueError:
        log.append("value")
    finally:
        log.append("out")


def run(how):
    log = []
    with managed(log) as same:
        if how == 1:
            return same
        if how == 2:
            raise ValueError
        same.append("body")
    log.append("after")
    return log


for how in range(3):
    print(run(how))
try:
    with managed([]):
        raise KeyError
except KeyError:
    print("through")
