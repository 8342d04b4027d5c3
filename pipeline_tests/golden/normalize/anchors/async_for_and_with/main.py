async def f(rows, cm):
    async for row in rows:
        async with cm as c:
            await c.put(row)
