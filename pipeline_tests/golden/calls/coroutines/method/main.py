import asyncio


class Shop:
    async def sell(self):
        return self

    def count(self):
        pass


async def main():
    shop = await Shop().sell()
    shop.count()


asyncio.run(main())
