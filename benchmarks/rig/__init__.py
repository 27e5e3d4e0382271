"""What the benchmarks share: the machine, measuring, a sink, an installation to send from."""
