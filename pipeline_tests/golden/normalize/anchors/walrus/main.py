def f(rows):
    if (n := len(rows)) > 10 and (m := n * 2):
        return n + m
