"""Looking on while a program runs: in a terminal or in a browser.

All of it runs in another process than the one that is looked at.
"""
