__all__ = ["six"]
six = seven = 6
