from lazy import anything
anything
