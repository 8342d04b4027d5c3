import top
from top import Engine
top.parts.Engine.run
top.Engine.run
Engine
