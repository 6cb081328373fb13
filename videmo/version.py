"""The version of videmo."""

__version__ = "0.1.0"
