def act():
    pass


made = [lambda: act() for _ in (1, 2)]
made[0]()
