import pkg.tools as t

t.work()
