"""Form of the files under `app/jurisdictions`: strict models, unknown keys refused, nothing converted.

Only the form of one file is checked here; what one file says about another is checked in `references.py`.
"""
