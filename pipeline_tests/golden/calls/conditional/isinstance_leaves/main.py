class Cat:
    def speak(self):
        return True


class Dog:
    def speak(self):
        return True


def first(pet):
    if isinstance(pet, Cat):
        return
    pet.speak()


def each(pets):
    for pet in pets:
        if not isinstance(pet, Cat):
            continue
        pet.speak()


def asserted(pet):
    assert isinstance(pet, Dog)
    pet.speak()


def joined(pet):
    return isinstance(pet, Cat) and pet.speak()


def chosen(pets):
    return [pet.speak() for pet in pets if isinstance(pet, (Dog, str))]


first(Cat())
first(Dog())
each([Cat(), Dog()])
asserted(Dog())
joined(Cat())
joined(Dog())
chosen([Cat(), Dog()])
