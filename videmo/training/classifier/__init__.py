"""Train emotion classifiers, and measure them on held-out faces with the runtime that analysis uses."""
