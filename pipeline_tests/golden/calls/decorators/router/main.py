class Router:
    def __init__(self):
        self.routes = {}

    def route(self, path):
        def deco(f):
            self.routes[path] = f
            return f
        return deco

    def dispatch(self, path):
        return self.routes[path]()

app = Router()

@app.route("/")
def home():
    return 1

app.dispatch("/")
