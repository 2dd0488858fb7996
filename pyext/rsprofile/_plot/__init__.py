"""The commands that show recordings, `plot` and `peak`, and those that keep house among them."""
