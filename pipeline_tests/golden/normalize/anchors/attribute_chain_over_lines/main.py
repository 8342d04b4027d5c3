def f(o):
    return (
        o.größe
        .füll_mich(
            1,
        )
        .ende
    )
