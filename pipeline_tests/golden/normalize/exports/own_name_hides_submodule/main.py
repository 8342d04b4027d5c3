from pk import parse, other
parse
other
