__all__ = ['two']
two = due = 2
