"""What others would write to send the same mail: each a program of its own, without a ledger."""
