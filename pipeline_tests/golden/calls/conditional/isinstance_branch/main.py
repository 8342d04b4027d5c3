class Cat:
    def speak(self):
        pass


class Dog:
    def speak(self):
        pass


def greet(pet):
    if isinstance(pet, Cat):
        pet.speak()
    else:
        pet.speak()


greet(Cat())
greet(Dog())
