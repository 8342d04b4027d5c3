"""Reads lines of name and price, prints what they cost."""

import sys

from shop.cart import open_cart


def main(arguments):
    cart = open_cart(arguments[0])
    for line in sys.stdin:
        name, price = line.split()
        cart.add(name, int(price))
    print(cart.checkout(10))


if __name__ == "__main__":
    main(sys.argv[1:])
