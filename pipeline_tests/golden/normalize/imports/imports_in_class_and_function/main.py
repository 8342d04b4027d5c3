class K:
    import tools
    from tools import go as run
def f():
    global late
    import tools as late
    from tools import go
K.tools.go
late
