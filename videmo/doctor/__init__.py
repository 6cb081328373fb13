"""Find out whether videmo works on this machine, and if not, what is in its way."""
