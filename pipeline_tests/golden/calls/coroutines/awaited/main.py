import asyncio


def act():
    pass


async def work():
    act()


async def main():
    await work()


asyncio.run(main())
