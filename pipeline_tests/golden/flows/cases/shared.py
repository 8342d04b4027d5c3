"""What `module_variables` reads."""
from probe import source

TAINTED = source()
CONSTANT = "other"
TABLE = {}


def fill():
    TABLE["k"] = source()
