def choose(fast):
    if fast:
        def work(): return work
    else:
        work = None
    for step in (): pass
    else:
        async def work(): ...
    return work
