from service import Service
from repo import Repo

Service(Repo()).create("x")
