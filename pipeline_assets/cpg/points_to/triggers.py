"""What is done with the values of a variable."""

LOAD, STORE, CALL, ITEM, STORE_ITEM, ITERATE, NEXT, UNPACK, AWAIT, ENTER, OPERATE, CAUGHT, DELEGATE = range(13)
"""Attributes, calls, items, iteration, statements and operators."""
BIND, SUPER_OF, SUPER_WITH, MAKE, MADE, START, CLASS_OF, INSTANCE_OF, MERGE, ITERATOR, RECEIVE = range(13, 24)
"""Descriptors, `super`, the steps of making an object, and what builtins do."""
