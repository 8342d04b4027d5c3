__all__ = ['one', 'two', 'three']
__all__ = [name for name in __all__ if name != 'two']
one = two = three = four = _five = 1
