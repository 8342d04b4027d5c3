import sys
__all__ = ['one']
if sys.platform == 'win32':
    __all__ += ['two']
else:
    __all__ = ['one', 'three']
if sys.version_info < (3,):
    __all__.append('never')
one = two = three = never = 1
