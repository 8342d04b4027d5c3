def nested(depth, how):
    order = []
    try:
        try:
            try:
                order.append(1)
                if how == "return":
                    return order
                if how == "raise":
                    raise OSError(depth)
                order.append(2)
            finally:
                order.append(3)
                if depth > 1:
                    raise LookupError
        finally:
            order.append(4)
    except LookupError:
        order.append(5)
    except OSError:
        order.append(6)
    finally:
        order.append(7)
    return order


for depth in (1, 2):
    for how in ("return", "raise", "fall"):
        print(nested(depth, how))
