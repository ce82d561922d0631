"""What is printed: letters and forms as PDF (tagged, PDF/A-2a and PDF/UA-1), set by typst from templates and data.

`templates/<name>.typ` is a template; `templates/frame.typ` is what they share. A template gets its data as JSON and
nothing else: what people wrote is never markup. No network, no typeface of the system; the same data give the same
bytes.
"""

from app.paper.typesetting import PaperError, frame_of, typeset, typeset_in_thread, typeset_to_fit

__all__ = ["PaperError", "frame_of", "typeset", "typeset_in_thread", "typeset_to_fit"]
