"""What the pytest plugin needs once a test is to be looped."""
