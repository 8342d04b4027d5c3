from fast import go, Size
from fast.core import inner
go
Size
