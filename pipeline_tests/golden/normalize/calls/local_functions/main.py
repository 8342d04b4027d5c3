def outer():
    def helper(): ...
    def inner():
        helper()
    def other(helper):
        helper()
    helper()
