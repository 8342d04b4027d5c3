def split(errors):
    seen = []
    try:
        raise ExceptionGroup("several", errors)
    except* ValueError as group:
        seen.append(("value", len(group.exceptions)))
    except* (TypeError, KeyError) as group:
        seen.append(("type", len(group.exceptions)))
    else:
        seen.append("else")
    finally:
        seen.append("finally")
    return seen


print(split([ValueError(1), TypeError(2)]))
print(split([KeyError(1), KeyError(2), ValueError(3)]))
try:
    split([OSError(), ValueError()])
except* OSError as rest:
    print(rest.exceptions)
