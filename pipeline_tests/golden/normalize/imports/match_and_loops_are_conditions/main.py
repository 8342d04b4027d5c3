for name in ():
    import a
while name:
    import b
else:
    import c
match name:
    case 1:
        import d
with name:
    import e
async def run():
    async with name:
        import f
    async for _ in name:
        import g
    import h
class K:
    import i
    if name:
        import j
import k
