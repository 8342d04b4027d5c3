def f(self, tb):
    while tb.tb_next:
        tb = tb.tb_next
    while self.i < self.n and tb: self.i = step(tb)
    return tb
