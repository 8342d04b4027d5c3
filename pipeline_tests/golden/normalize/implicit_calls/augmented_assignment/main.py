a += b
a[i] //= b
a.x |= -b
