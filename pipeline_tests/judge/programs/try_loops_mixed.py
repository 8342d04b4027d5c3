def run(plan):
    log = []
    for step in plan:
        while True:
            try:
                for inner in range(2):
                    try:
                        if step == "inner":
                            raise KeyError(inner)
                        if step == "outer":
                            raise ValueError(inner)
                        if step == "leave":
                            break
                    except KeyError:
                        log.append("k")
                        continue
                    finally:
                        log.append(inner)
                else:
                    log.append("else")
                    break
                log.append("left")
                break
            except ValueError as error:
                log.append(str(error))
                if step == "outer":
                    step = "inner"
                    continue
            finally:
                log.append("F")
    return log


print(run(["inner", "outer", "leave", "none"]))
