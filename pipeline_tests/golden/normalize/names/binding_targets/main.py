try:
    from fast import go
except ImportError:
    def go(): ...
go = go
import fast
