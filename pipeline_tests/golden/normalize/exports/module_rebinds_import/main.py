from m import tool, other
tool
