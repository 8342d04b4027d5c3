from .core import inner as go
Size: int
