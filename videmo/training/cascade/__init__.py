"""Train, draw and measure boosted cascades of Haar features (Viola and Jones, 2001)."""
