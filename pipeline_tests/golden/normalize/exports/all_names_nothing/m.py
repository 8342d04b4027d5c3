__all__ = ['ghost', 'one']
one = two = 1
