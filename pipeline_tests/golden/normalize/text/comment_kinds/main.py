#!/usr/bin/env python
# -*- coding: utf-8 -*-
import os  # noqa: F401
# NOQA
x = []  # type: list[int]
y = 1  # type: ignore[assignment]
def f():  # pragma: no cover
    pass  # pylint: disable=all
# fmt: off
# a type: of comment
# noqality is a virtue
#! no shebang
# coding: latin-1
"# no comment"
