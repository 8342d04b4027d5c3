def run(items):
    total = 0
    for item in items:
        match item:
            case "stop":
                break
            case "skip":
                continue
            case (x, y):
                total += x * y
            case x if x is None:
                total -= 1
            case _:
                total += 1
        total += 100
    else:
        total = -total
    return total, item


print(run([(1, 2), "skip", None, "a"]), run(["x", "stop", "y"]), x if (x := 0) else "zero")
