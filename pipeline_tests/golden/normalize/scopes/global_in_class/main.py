class Config:
    global debug
    debug = True
    verbose = debug
    def show(self):
        return debug
