def leave(how, log):
    for i in range(3):
        try:
            log.append(i)
            if how == "return":
                return i
            if how == "break":
                break
            if how == "continue":
                continue
            if how == "raise":
                raise ValueError(how)
        except ValueError as error:
            log.append(error)
        else:
            log.append("else")
        finally:
            log.append("finally")
    else:
        log.append("loop else")
    return log


for how in ("return", "break", "continue", "raise", "nothing"):
    print(leave(how, []))
