from .parse import parse
other = 1
