"""Text made of text."""
from probe import sink, source

x = source()
sink("a" + x)  # flow
sink(x + "a")  # flow
sink("%s" % x)  # flow
sink("%s-%s" % ("a", x))  # flow
sink("%(k)s" % {"k": x})  # flow
sink(f"<{x}>")  # flow
sink(f"<{x!r:>10}>")  # flow
sink("{}".format(x))  # flow
sink("{k}".format(k=x))  # flow
sink(", ".join(["a", x]))  # flow
sink(x * 2)  # flow
sink(x.strip().upper())  # flow
sink(x[0:])  # flow
sink(x.encode())  # flow
sink(str(x))  # flow
