import lib
lib.Tool.use()
