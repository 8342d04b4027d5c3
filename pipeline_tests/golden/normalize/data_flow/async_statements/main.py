async def f(s):
    async with s() as c:
        async for i in c:
            r = await g(i)
    return r
