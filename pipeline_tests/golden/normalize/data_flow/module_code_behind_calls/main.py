mode = 1
def change():
    global mode
    mode = 2
print(mode)
change()
print(mode)
