class Cat:
    def speak(self):
        pass


class Dog:
    def speak(self):
        pass


for pet in [Cat(), Dog()]:
    pet.speak()
