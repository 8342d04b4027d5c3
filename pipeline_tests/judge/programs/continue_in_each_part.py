def run(part, fail):
    seen = []
    turn = 0
    while turn < 3:
        turn += 1
        try:
            seen.append(turn)
            if fail and turn == 2:
                raise ValueError
            if part == "try":
                continue
        except ValueError as error:
            seen.append(error)
            if part == "except":
                continue
        else:
            if part == "else":
                continue
        finally:
            seen.append("f")
            if part == "finally":
                continue
        seen.append("end")
    return seen


for part in ("try", "except", "else", "finally", "none"):
    print(part, run(part, False), run(part, True))
