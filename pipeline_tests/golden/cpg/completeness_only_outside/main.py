def run(act):
    act()
