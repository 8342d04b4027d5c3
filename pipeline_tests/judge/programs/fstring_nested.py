# requires 3.12
def run(items):
    return f"{', '.join(f"{x!r:{len("abc")}}" for x in items if x)} {f"{items[0] if items else 'none'}"}"


print(run([1, 0, 2]), run([]))
