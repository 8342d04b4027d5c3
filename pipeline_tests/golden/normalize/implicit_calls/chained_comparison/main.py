x = a < b == c
x = a is b < c in d
x = a < (b > c) < d
