class Router:
    def __init__(self):
        self.routes = {}

    def route(self, path):
        def register(view):
            self.routes[path] = view
            return view

        return register


app = Router()


@app.route("/")
def home():
    pass


@app.route("/about")
def about():
    pass


app.routes["/"]()
