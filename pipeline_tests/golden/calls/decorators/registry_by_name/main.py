handlers = {}
def on(name):
    def register(f):
        handlers[name] = f
        return f
    return register
@on("start")
def start():
    pass
@on("stop")
def stop():
    pass
handlers["start"]()
