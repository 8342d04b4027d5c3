def run(name, width, items):
    value = 3.14159
    return f"{name!r:>{width}} {value:.{width // 5}f} {[x for x in items]} {'y' if items else 'n'} {name=}"


print(run("n", 10, [1]), run("m", 5, []), f"{{}}{1 + 1}" "plain" f"{run!s:.3}")
