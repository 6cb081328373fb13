"""Tables and manifests on disk: what they hold, and how they are written so that none is ever half there."""
