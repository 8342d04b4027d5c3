a[b]
a[b:c, d] = e
del a[b], f
for a[b] in (): ...
a[b]: int
"abc"[0]
