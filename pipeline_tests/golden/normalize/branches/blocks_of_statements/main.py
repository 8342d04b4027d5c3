if a:
    x
elif b:
    y
else:
    z
try:
    x
except E:
    y
else:
    z
finally:
    w
for i in j:
    x
else:
    y
while a:
    x
with a:
    x
match a:
    case 1:
        x
def f(): return x if a else y
class K:
    x
