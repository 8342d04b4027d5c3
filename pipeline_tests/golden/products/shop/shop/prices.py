"""Arithmetic of prices."""

LIMIT = 90


def total(items):
    amount = 0
    for _, price in items:
        amount = amount + price
    return amount


def discount(amount, rate):
    rate = clamp(rate)
    saved = amount * rate / 100
    label = "saved"
    print(label, saved)
    return amount - saved


def clamp(rate):
    if rate > LIMIT:
        return clamp(LIMIT)
    return rate


def sample_total():
    from shop.cart import open_cart

    return total(open_cart(".").items)
