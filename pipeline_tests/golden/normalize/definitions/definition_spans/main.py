@one
@two(3)
def f(): pass
class C:
    @ one
    async def g(self): pass
