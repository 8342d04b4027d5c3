"""Items of lists, by place where it is known."""
from probe import sink, source

x = ["a", source()]
sink(x[0])  # none
sink(x[1])  # flow
sink(x[-1])  # flow
sink(x)  # flow
for item in x:
    sink(item)  # flow
y = []
sink(y)  # none
y.append(source())
sink(y[0])  # flow
sink(y.pop())  # flow
z = list(x)
sink(z[1])  # flow
w = [*x, "b"]
sink(w[1])  # flow
v = []
v.extend(x)
sink(v)  # flow
u = []
u.insert(0, source())
sink(u)  # flow
t = sorted(x)
sink(t)  # flow
sink(len(x))  # none
