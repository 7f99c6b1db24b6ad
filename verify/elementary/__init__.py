"""What every reader takes for granted: orders, means, norms, spectra, activations, by lemmas and one certificate.

A statement's scalar terms become letters, lemmas say what is known of each, and a certificate shows that denying the
statement contradicts them (`derivations.exact.positivstellensatz`).
"""

from .decide import decide_elementary

__all__ = ["decide_elementary"]
