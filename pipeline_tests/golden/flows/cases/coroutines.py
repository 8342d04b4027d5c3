"""Awaiting gives what the coroutine returns."""
import asyncio

from probe import sink, source


async def fetch():
    return source()


async def safe(x):
    return "other"


async def items():
    yield source()


async def main():
    x = await fetch()
    sink(x)  # flow
    y = await safe(x)
    sink(y)  # none
    async for item in items():
        sink(item)  # flow
    sink([item async for item in items()])  # flow


asyncio.run(main())
