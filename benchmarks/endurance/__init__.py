"""What throughput does not show: waiting in an open loop, slow crowds, idle ones, gigabytes."""
