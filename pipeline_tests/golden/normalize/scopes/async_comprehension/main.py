async def gather(source, limit):
    return [item async for item in source if await item < limit]
