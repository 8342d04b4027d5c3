"""Reports on paper."""

import subprocess

import yaml

from shop import Cart, colours


def print_report(cart: Cart, printer):
    command = "lp -d " + printer
    copies = 1
    if cart.count > 10:
        copies = 2
    for _ in range(copies):
        subprocess.run(command, shell=True)


def load_layout(path):
    with open(path) as file:
        return yaml.load(file)


def apply(change, cart):
    try:
        change(cart)
    except:
        pass
    # TODO: say what went wrong
    return cart


def heading(kind):
    if kind == "receipt":
        text = "Receipt"
    return text


def page_count(lines):
    pages, rest = divmod(lines, 60)
    return pages
