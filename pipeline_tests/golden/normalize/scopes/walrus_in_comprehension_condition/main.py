def firsts(lines):
    kept = [hit for line in lines if (hit := find(line))]
    return kept, hit
