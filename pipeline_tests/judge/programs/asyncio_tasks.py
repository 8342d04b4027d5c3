import asyncio


async def worker(queue, out):
    while (item := await queue.get()) is not None:
        try:
            if item == 2:
                raise ValueError(item)
            out.append(item)
        except ValueError as error:
            out.append(repr(error))
        finally:
            queue.task_done()


async def main():
    queue, out = asyncio.Queue(), []
    task = asyncio.ensure_future(worker(queue, out))
    for i in (1, 2, 3, None):
        await queue.put(i)
    await task
    slow = asyncio.ensure_future(asyncio.sleep(10))
    await asyncio.sleep(0)
    slow.cancel()
    try:
        await slow
    except asyncio.CancelledError:
        out.append("cancelled")
    results = await asyncio.gather(*(asyncio.sleep(0, i) for i in range(3)), return_exceptions=True)
    return out, results


print(asyncio.run(main()))
