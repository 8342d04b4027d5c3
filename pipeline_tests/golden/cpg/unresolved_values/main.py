def run(callback, table, thing):
    callback()
    chosen = table
    chosen()
    thing.go()
    table[0]()
    callback()()
    nowhere()
    (callback or table)()
