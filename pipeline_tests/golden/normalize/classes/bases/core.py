class Root:
    class Inner:
        pass
