"""Light: what sun and sky give to surfaces and modules in a year, wherever a pipeline asks."""
