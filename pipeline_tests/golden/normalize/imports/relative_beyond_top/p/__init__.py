from .. import sibling
from .m import x
