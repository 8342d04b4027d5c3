async def f():
    async for i in a:
        b
    else:
        c
    d
