"""Containers in containers and in attributes."""
from probe import sink, source


class Box:
    pass


x = {"a": {"b": [source()]}, "c": {"b": ["other"]}}
sink(x["a"]["b"][0])  # flow
sink(x["c"]["b"][0])  # none
box = Box()
box.table = {}
box.table["k"] = source()
sink(box.table["k"])  # flow
sink(box.table.get("l"))  # none
inner = box.table
sink(inner["k"])  # flow
rows = [[], []]
rows[0].append(source())
sink(rows[0])  # flow
sink(rows[1])  # none
