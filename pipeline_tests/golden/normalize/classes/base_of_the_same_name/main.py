from library import Model

class Model(Model):
    pass

Model()
