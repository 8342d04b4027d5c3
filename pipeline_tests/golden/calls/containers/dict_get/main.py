def act():
    pass


table = {"act": act}
table.get("act")()
