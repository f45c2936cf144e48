"""A pytest plugin: an application on each engine, factories, a query counter. Plugin authors use it too."""
