"""Figures from tables. Each function returns a figure; none saves or shows one."""
