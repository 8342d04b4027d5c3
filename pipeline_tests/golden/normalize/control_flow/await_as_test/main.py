async def f():
    if await a:
        b
    c
