class Shell:
    def run(self, word):
        getattr(self, "do_%s" % word)()
        getattr(self, "undo_{}".format(word))()
        getattr(self, f"do_{word}".replace("-", "_"))()

    def do_sell(self):
        pass

    def undo_sell(self):
        pass


Shell().run("sell")
