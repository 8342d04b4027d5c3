def register(f):
    f()
    return f
@register
def a():
    pass
a()
