def log(f):
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)
    return wrapper
def act():
    pass
@log
def run(g):
    g()
run(act)
