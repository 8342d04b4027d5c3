__all__ = []
one = 1
