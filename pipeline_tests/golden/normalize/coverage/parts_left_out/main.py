from helper import absent
print(undefined)
if False:
    print(absent)
