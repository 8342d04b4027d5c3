"""Variables of modules, read by functions and by other modules."""
import shared
from probe import sink, source
from shared import CONSTANT, TABLE, TAINTED

STATE = "start"


def change():
    global STATE
    STATE = source()


def show():
    sink(STATE)  # flow


change()
show()
sink(TAINTED)  # flow
sink(shared.TAINTED)  # flow
sink(CONSTANT)  # none
shared.fill()
sink(TABLE["k"])  # flow
