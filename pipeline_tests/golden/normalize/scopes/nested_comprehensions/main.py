flat = [cell for row in (line for line in table) for cell in row]
table = []
