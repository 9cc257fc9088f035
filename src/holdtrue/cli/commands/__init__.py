"""One module for each family of commands; `register(app)` adds them."""
