async def f():
    a()
    x = b()
    await c()
    y = await d()
    e().g()
    yield h()
    return i(j())
