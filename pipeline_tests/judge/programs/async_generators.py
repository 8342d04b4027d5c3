async def count(n):
    try:
        for i in range(n):
            got = yield i
            if got:
                return
    finally:
        print("cleanup")


async def use(n, stop):
    out = []
    agen = count(n)
    async for i in agen:
        out.append(i)
        if i == stop:
            break
    else:
        out.append("all")
    await agen.aclose()
    agen = count(n)
    try:
        out.append(await agen.asend(None))
        out.append(await agen.asend("end"))
    except StopAsyncIteration:
        out.append("ended")
    return out, [x async for x in count(2)]


def drive(c):
    try:
        while True:
            c.send(None)
    except StopIteration as stop:
        return stop.value


print(drive(use(3, 1)), drive(use(2, 9)), drive(use(0, 0)))
