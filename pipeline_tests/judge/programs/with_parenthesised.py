from contextlib import ExitStack, nullcontext, suppress


def run(n):
    with (
        suppress(ZeroDivisionError) as nothing,
        nullcontext(n) as m,
        ExitStack() as stack,
    ):
        stack.callback(print, "callback")
        done = 1 / m
        return done, nothing
    return "suppressed", m


print(run(1), run(0))
