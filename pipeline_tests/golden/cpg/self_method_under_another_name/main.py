class Shop:
    def sell(this):
        this.count()

    def count(this):
        pass
