"""Train the network that tells people apart by their faces."""
