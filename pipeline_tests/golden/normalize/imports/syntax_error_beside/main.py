from broken import f
f()
