"""The tests. A package of their own name, because others lay one beside the libraries."""
