from .shown import thing
import pk.named
