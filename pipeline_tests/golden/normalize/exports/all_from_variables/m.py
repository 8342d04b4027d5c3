_core = ['one', 'two']
_extra = ('three',)
__all__ = [*_core, *_extra]
__all__ = sorted(set(_core) | {'four'}) + __all__
one = two = three = four = five = 1
