def register(name):
    pass


@register("a")
def task():
    pass
