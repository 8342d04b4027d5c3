try:
    from fast import parse
except ImportError:
    def parse():
        pass

if DEBUG:
    def log():
        pass
else:
    log = None

parse()
log()
