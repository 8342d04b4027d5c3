__all__ = ["_kept"] + [name for name in dir() if name]
_kept = shown = _hidden = 1
