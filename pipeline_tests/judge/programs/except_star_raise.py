def again(fail):
    try:
        raise ExceptionGroup("g", [ValueError(), OSError()])
    except* ValueError:
        if fail:
            raise RuntimeError("new")
    except* OSError as group:
        kept = group
        print(kept)


def plain():
    try:
        raise ValueError("alone")
    except* ValueError as group:
        print(group.exceptions)


def none():
    try:
        value = 1
    except* ValueError:
        value = 2
    else:
        value += 10
    return value


again(False)
try:
    again(True)
except (RuntimeError, ExceptionGroup) as error:
    print(repr(error))
plain()
print(none())
