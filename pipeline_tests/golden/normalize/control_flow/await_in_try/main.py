async def f():
    try:
        await a
    except E:
        b
