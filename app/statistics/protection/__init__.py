"""Disclosure control: what may be printed so that no small number can be read or worked out."""
