def act():
    pass


table = {}
table["act"] = act
table["act"]()
