"""What is only found out about a value is not the value."""
from probe import sink, source

x = source()
sink(x == "a")  # none
sink(len(x))  # none
sink(not x)  # none
sink(x in ("a", "b"))  # none
sink(isinstance(x, str))  # none
sink(x.startswith("a"))  # none
sink(bool(x))  # none
sink("a" if x else "b")  # none
if x:
    sink("a")  # none
