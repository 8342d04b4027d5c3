async def f(rows, g):
    return [item for row in rows if row[0] > 1 async for item in g(row) if item]
