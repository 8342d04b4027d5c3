import hooks
import plugin

hooks.fire()
