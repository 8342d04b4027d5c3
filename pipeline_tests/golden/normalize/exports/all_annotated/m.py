__all__: list[str] = ['one']
__all__ += ['two']
one = two = three = 1
