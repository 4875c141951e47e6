"""Rights of referral: which refusal may be put to whom, and what waits meanwhile."""
