from lib import create as build
import lib
build()
lib.create()
