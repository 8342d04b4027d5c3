async def f():
    try:
        async for i in a:
            b
    except E:
        c
