async def ticks(n):
    for i in range(n):
        yield i


async def run(n):
    nested = [[j async for j in ticks(i)] async for i in ticks(n)]
    mixed = [i + j for i in range(n) for j in [k async for k in ticks(i)]]
    lazy = (i async for i in ticks(n) if i)
    out = []
    async for x in lazy:
        out.append(x)
    return nested, mixed, out


try:
    run(3).send(None)
except StopIteration as stop:
    print(stop.value)
