str = str
text = str

def strip(line):
    line = line.strip()
    return line
