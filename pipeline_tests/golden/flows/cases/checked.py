"""What conditions say of a value is not followed."""
from probe import sink, source

x = source()
if x == "safe":
    sink(x)  # unseen flow
y = source()
if not y.isalpha():
    y = "other"
sink(y)  # imprecise: what is replaced is what would have been found
z = source()
for _ in range(1):
    if len(z) > 3:
        z = "short"
sink(z)  # imprecise: the branch that is always taken replaces it
