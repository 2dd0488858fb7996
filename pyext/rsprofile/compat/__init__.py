"""Stand-ins for the modules programs import from other profilers."""
