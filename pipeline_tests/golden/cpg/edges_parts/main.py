if a:
    b
elif c:
    d
while e:
    f
else:
    g
for h in i:
    j
else:
    k
try:
    m
except n:
    o
finally:
    p
match q:
    case 1:
        r
s = [t for t in u if v]
