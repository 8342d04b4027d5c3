__all__ = ['two']
__all__ += ['three']
two = three = due = 2
