import asyncio


class Area:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        pass


async def main():
    async with Area():
        pass


asyncio.run(main())
