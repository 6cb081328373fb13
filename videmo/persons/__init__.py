"""From detections to persons: following faces, confirming, naming and merging. Pure functions."""
