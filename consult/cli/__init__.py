"""The commands of the `consult` program, each in a module of its own and loaded when it is called."""
