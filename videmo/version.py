"""The version of videmo."""

__version__ = "0.2.0"
