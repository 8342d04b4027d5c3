"""Items of dictionaries, by key where it is a constant."""
from probe import sink, source

x = {"a": source(), "b": "other"}
sink(x["a"])  # flow
sink(x["b"])  # none
sink(x.get("a"))  # flow
sink(x.get("b"))  # none
sink(x.get("c", source()))  # flow
for key in x:
    sink(key)  # none
for key, value in x.items():
    sink(key)  # none
    sink(value)  # flow
for value in x.values():
    sink(value)  # flow
x["a"] = "safe"
sink(x["a"])  # none
y = {}
y["k"] = source()
sink(y["k"])  # flow
sink(y["l"] if "l" in y else "")  # none
z = {source(): 1}
for key in z:
    sink(key)  # flow
for value in z.values():
    sink(value)  # none
sink(list(z.keys()))  # flow
w = dict(a=source(), b="other")
sink(w["a"])  # flow
sink(w["b"])  # none
v = {**x, **y}
sink(v["k"])  # flow
sink(v["b"])  # none
u = {}
u.update(y)
sink(u["k"])  # flow
t = {}
t.setdefault("k", source())
sink(t["k"])  # flow
s = x.copy()
sink(s["b"])  # none
r = y.copy()
sink(r["k"])  # flow
