"""What exceptions carry is not followed out of the statement that raises them."""
from probe import sink, source

try:
    x = source()
    raise ValueError("other")
except ValueError:
    sink(x)  # flow
finally:
    sink(x)  # flow
try:
    y = source()
    y = "other"
finally:
    sink(y)  # imprecise: an exception might come between the two
