make = lambda: (
    lambda: None
)
make()()
