"""What is said: articles are chosen, set in type and rendered, once per variant."""
