"""Sets a publisher up, shows one at work, and looks for what is wrong with it."""
