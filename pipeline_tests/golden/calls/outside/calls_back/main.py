import json


class Encoder(json.JSONEncoder):
    def default(self, thing):
        return 1


Encoder().encode(object())
