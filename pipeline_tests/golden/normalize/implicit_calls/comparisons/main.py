x = a < b
x = a >= b
x = a == b
x = a != b
x = a is b
x = a is not None
