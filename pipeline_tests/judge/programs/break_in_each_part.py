def run(part, fail):
    seen = []
    for turn in range(2):
        try:
            seen.append(turn)
            if fail:
                raise ValueError
            if part == "try":
                break
        except ValueError:
            if part == "except":
                break
        else:
            if part == "else":
                break
        finally:
            if part == "finally":
                break
        seen.append("end")
    else:
        seen.append("all")
    return seen


for part in ("try", "except", "else", "finally", "none"):
    print(part, run(part, False), run(part, True))
