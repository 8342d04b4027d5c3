"""Tests of carts."""

from shop import Cart
from shop.storage import MemoryStore


def test_checkout():
    cart = Cart(MemoryStore())
    cart.add("tea", 3)
    assert cart.checkout(0) == 3
