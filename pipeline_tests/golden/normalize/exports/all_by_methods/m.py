__all__ = list(('one',))
__all__.insert(0, 'two')
__all__.extend(['three', 'four'])
__all__.extend(name for name in ())
__all__.remove('one')
__all__.sort()
__all__.reverse()
one = two = three = four = five = _six = 1
