def f(): ...
def g(): ...
def h(): ...
def change():
    global f
    f = g
def drop():
    global g
    del g
f(); g(); h()
