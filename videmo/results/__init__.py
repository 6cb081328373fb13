"""Represent folders of results as types: manifest, tables, files. Nothing else knows a file name inside them."""
