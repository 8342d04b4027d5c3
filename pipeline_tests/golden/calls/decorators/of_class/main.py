def register(kind):
    return kind


@register
class Shop:
    def __init__(self):
        pass


Shop()
