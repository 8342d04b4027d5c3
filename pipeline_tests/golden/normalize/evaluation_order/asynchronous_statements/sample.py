nonlocal refused


async def f():
    await a
    async for x in b:
        c
    async with d:
        e
