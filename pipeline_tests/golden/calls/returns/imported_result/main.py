import factory

factory.make()()
