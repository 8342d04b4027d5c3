from typing import Union

x: Union[
    int,  # whole
    str,
]
y: """
    int |
    str
"""
