import a
import b

a.work()
b.work()
