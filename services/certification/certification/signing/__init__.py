"""Making out, signing and checking certificates: the PDF of CTSD Annex E and its machine-readable twin."""
