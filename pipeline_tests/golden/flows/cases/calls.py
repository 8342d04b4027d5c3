"""Arguments reach their parameters, and results their calls."""
from probe import sink, source


def same(x):
    return x


def second(x, y):
    return y


def none(x):
    return "other"


def shown(x):
    sink(x)  # flow


def hidden(x, y):
    sink(y)  # none


def star(*args, **options):
    sink(args[0])  # none
    sink(args[1])  # flow
    sink(options["k"])  # flow
    sink(options["l"])  # none


def default(x=source()):
    sink(x)  # flow


sink(same(source()))  # flow
sink(second(source(), "other"))  # none
sink(second("other", source()))  # flow
sink(second(y=source(), x="other"))  # flow
sink(second(y="other", x=source()))  # none
sink(none(source()))  # none
shown(source())
hidden(source(), "other")
star("other", source(), k=source(), l="other")
default()
sink(second(*["other", source()]))  # flow
sink(second(*[source(), "other"]))  # none
sink(second(**{"y": source(), "x": "other"}))  # flow
sink(second(**{"y": "other", "x": source()}))  # none
sink((lambda x: x)(source()))  # flow
sink((lambda x: "other")(source()))  # none
