"""Recording the memory of a process over time: `rsprofile record` and `rsprofile attach`."""
