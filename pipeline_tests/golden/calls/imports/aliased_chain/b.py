from a import f as g
