class Lock:
    async def __aenter__(self):
        return 1

    async def __aexit__(self, kind, *rest):
        return kind is KeyError


async def run(how):
    for i in range(2):
        async with Lock() as x:
            try:
                if how == "return":
                    return x
                if how == "break":
                    break
                if how == "continue":
                    continue
                if how == "raise":
                    raise KeyError
                if how == "other":
                    raise OSError
            finally:
                x += 1
        x += 10
    return i, x


for how in ("return", "break", "continue", "raise", "other", "fall"):
    try:
        run(how).send(None)
    except StopIteration as stop:
        print(how, stop.value)
    except OSError:
        print(how, "left")
