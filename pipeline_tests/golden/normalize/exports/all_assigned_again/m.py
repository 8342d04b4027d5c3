__all__ = ['one', 'two']
__all__ = ['two', 'three']
__all__ = __all__ + ['four']
one = two = three = four = 1
