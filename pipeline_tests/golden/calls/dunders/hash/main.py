class Key:
    def __hash__(self):
        return 1


{Key(): 1}
