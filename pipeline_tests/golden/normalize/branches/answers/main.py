import sys
from typing import TYPE_CHECKING
from sys import version_info as now
if TYPE_CHECKING:
    if sys.version_info < (3,):
        a
    else:
        b
else:
    c
if now.major == 3 and now[0] != 2:
    d
else:
    e
if sys.version_info[:2] < (3, 2):
    f
if now >= (3, "x") or now > limit:
    g
if not (now.minor < 1 or False):
    h
else:
    i
if 1 < 2:
    j
else:
    k
if 0 or None:
    l
while False:
    m
if (2, 7) <= now <= (3, 0):
    n
if "":
    o
else:
    p
