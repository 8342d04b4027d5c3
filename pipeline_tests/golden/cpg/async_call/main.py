async def fetch():
    pass


async def run():
    await fetch()
