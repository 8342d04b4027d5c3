def first():
    pass


def last():
    pass


made = []
for function in (first, last):

    def call():
        function()

    made.append(call)
made[0]()
