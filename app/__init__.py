"""Besa: case management and referral of a National Referral Mechanism against trafficking in persons."""

__version__ = "0.1.0"
