def choose(part, fail):
    try:
        if fail:
            raise KeyError(part)
        if part == "try":
            return "try"
    except KeyError as error:
        if part == "except":
            return error
        if part == "again":
            raise
    else:
        if part == "else":
            return "else"
    finally:
        if part == "finally":
            return "finally"
    return "after"


for part in ("try", "except", "again", "else", "finally", "none"):
    for fail in (False, True):
        try:
            print(part, fail, choose(part, fail))
        except KeyError as error:
            print("left by", error)
