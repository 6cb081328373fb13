"""Training, drawing and measuring of boosted cascades of Haar features (Viola and Jones, 2001)."""
