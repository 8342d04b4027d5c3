from somewhere import wrap
@wrap
def f(): ...
f()
