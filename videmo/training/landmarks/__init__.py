"""Train the network that finds landmarks in the crop of a face."""
