if False:
    a()
if True:
    b()
else:
    c()
while 0:
    d()
if __debug__:
    e()
