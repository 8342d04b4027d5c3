def outer():
    @first
    @second(1)
    @third.part
    def inner(): ...

@fourth
class K:
    @fifth
    async def m(self): ...
