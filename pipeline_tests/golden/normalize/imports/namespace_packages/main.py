import space.deep.mod
from space import deep
from space.deep import mod
import space.elsewhere
space.deep.mod.value
