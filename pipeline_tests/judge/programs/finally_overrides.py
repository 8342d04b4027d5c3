def swallow():
    try:
        raise RuntimeError
    finally:
        return "swallowed"


def replace():
    try:
        return 1
    finally:
        try:
            raise KeyError
        except KeyError:
            pass


def loop():
    while True:
        try:
            return "never"
        finally:
            break
    return "broken"


print(swallow(), replace(), loop())
