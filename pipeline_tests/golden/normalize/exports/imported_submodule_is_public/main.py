from pk import *
shown
hidden
named
