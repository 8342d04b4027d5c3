"""The rules by name: how grave what they find is, and what it means."""

from __future__ import annotations

from types import MappingProxyType

RULES = MappingProxyType(
    {
        "unbound-variable": ("error", "no path binds the variable before it is read here"),
        "assert-on-tuple": ("error", "a tuple with items is always true, so the assertion never fails"),
        "is-literal": ("error", "identity with a literal depends on the interpreter; equality is meant"),
        "unreachable-except": ("error", "an earlier clause of the same `try` catches everything that this one names"),
        "incompatible-override": ("warning", "a call that fits the overridden method does not fit this one"),
        "duplicate-key": ("warning", "a later item of the same dict display has the same key and takes its place"),
        "redefined-unused": ("warning", "a later definition of the same block replaces this one before any use"),
        "mutable-default": ("warning", "the default is made once and shared by all calls"),
        "unreachable-code": ("warning", "the statement before always leaves the block"),
        "unused-import": ("information", "the function imports a name that nothing reads"),
    }
)
"""Rule → severity, and the message of what it finds."""
