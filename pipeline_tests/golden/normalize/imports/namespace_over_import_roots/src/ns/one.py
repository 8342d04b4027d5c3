from ns import two
from .two import value
