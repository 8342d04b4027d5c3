"""Two names of one object."""
from probe import sink, source


class Node:
    def __init__(self):
        self.items = []


def get_items(node):
    return node.items


x = []
y = x
y.append(source())
sink(x)  # flow
node = Node()
items = node.items
items.append(source())
sink(node.items)  # flow
other = Node()
sink(other.items)  # none
z = [[]]
for row in z:
    row.append(source())
sink(z[0])  # flow
