"""Calls without code here hand on what they are given, by assumption; some builtins are known better."""
import copy
import json
import os.path

from probe import sink, source

x = source()
sink(os.path.join("a", x))  # flow
sink(json.dumps({"k": x}))  # flow
sink(json.loads(json.dumps({"k": x}))["k"])  # flow
y = copy.deepcopy({"a": x, "b": "other"})
sink(y["a"])  # flow
sink(y["b"])  # none
for number, item in enumerate([x]):
    sink(number)  # none
    sink(item)  # flow
for one, other in zip([x], ["other"]):
    sink(one)  # flow
    sink(other)  # none
sink(max(["a", x]))  # imprecise: the largest is another
sink(next(iter([x])))  # flow
sink(list(filter(None, [x])))  # flow
sink(list(reversed([x])))  # flow
