def read(event, Kind):
    match event:
        case Kind.start | Kind.stop:
            return event
        case Point(x=across, y=0) | Point(x=0, y=across):
            return across
        case {"key": Kind.other, **rest} if rest:
            return rest
        case [1, *_] as _all:
            return _all
        case _:
            return _
