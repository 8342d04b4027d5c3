from pk import one, os, helper
