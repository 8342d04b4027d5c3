class Base(Exception):
    def tell(self):
        pass
class Child(Base):
    def tell(self):
        pass
def fail():
    raise Child()
try:
    fail()
except Base as error:
    error.tell()
