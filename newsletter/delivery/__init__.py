"""The queue's states, and the senders that move deliveries through them."""
