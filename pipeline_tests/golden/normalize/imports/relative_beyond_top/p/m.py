from ... import sibling
from .. import sibling
x = 1
