__all__ = ('one',)
one = uno = 1
