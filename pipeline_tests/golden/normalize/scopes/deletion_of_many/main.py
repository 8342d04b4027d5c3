a = b = c = d = box = 1
del a, (b, [c]), box[d], box.part
