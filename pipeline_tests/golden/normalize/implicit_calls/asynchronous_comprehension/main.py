async def f(): return [a async for b in c if d]
