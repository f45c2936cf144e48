"""How fast consult is: `make bench` measures pages, casting and PDF beside the least that could do the same."""
