class A(B):
    def __init__(self):
        super().__init__(1)
        super(A, self).__init__()
        s = super()
        s.__init__()
        B.__init__(self)
