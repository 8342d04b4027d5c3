from lib import tool
tool.use()
