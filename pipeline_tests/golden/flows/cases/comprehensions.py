"""Comprehensions hold what their element is computed from."""
from probe import sink, source

x = ["a", source()]
sink([item for item in x])  # flow
sink([item.strip() for item in x])  # flow
sink(["a" for item in x])  # none
sink({item for item in x})  # flow
sink({item: 1 for item in x})  # flow
sink([value for value in {item: 1 for item in x}.values()])  # none
sink({"k": item for item in x}["k"])  # flow
sink(list(item for item in x))  # flow
sink(",".join(item for item in x))  # flow
sink([pair[0] for pair in [("a", source())]])  # none
sink([pair[1] for pair in [("a", source())]])  # flow
