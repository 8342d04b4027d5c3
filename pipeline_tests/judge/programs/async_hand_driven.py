class Ready:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        got = yield self.value
        return got


class Many:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.n:
            raise StopAsyncIteration
        self.n -= 1
        await Ready("next")
        return self.n


class Lock:
    def __init__(self, suppress):
        self.suppress = suppress

    async def __aenter__(self):
        await Ready("enter")
        return self

    async def __aexit__(self, kind, error, trace):
        await Ready("exit")
        return self.suppress


async def work(n, fail, suppress):
    total = 0
    async with Lock(suppress) as lock, Lock(False):
        async for item in Many(n):
            if item == 1:
                continue
            total += item
            if fail and item == 0:
                raise ValueError(lock.suppress)
        else:
            total += 100
    got = [i async for i in Many(2) if i]
    pairs = {k: await Ready(k) async for k in Many(2)}
    return total, got, pairs, await Ready("last")


def drive(coroutine, answers=0):
    try:
        while True:
            coroutine.send(answers or None)
            answers += 1
    except StopIteration as stop:
        return stop.value
    except ValueError as error:
        return error


for n in range(4):
    for fail in (False, True):
        for suppress in (False, True):
            print(drive(work(n, fail, suppress)))
