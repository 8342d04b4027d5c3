if ready:
    go()
else:
    raise Stop
while ready:
    break
for item in items:
    continue
try:
    go()
except Stop as stop:
    go()
finally:
    assert ready
