"""The commands `rsprofile leaks` and `rsprofile why`."""
