# a
@decorated  # b
def f(x,  # c
      y):
# d
    if x:
        return 1  # e
    # f

  # g
# h
class C:  # i
    # j
    def g(self):
        def h(): pass  # k
            # l
        # m
    # n

    x = [lambda:
         # o
         1]  # p
# q
if C:
    def g(): pass
    # r
        # s
else:
        # t
    y = 1  # u
        # v
def last():
    pass
    # w
