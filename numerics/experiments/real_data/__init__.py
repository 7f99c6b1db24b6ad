"""Experiments on real data: scikit-learn's handwritten digits, and the numbers that the authors of the PNAS paper
deposited, where they are at hand.

**Main results.** The claims of topic `real_data`; each experiment names its own.

**Notation.** f = W_3 relu(W_2 relu(W_1 x)), no biases; s is the product of the three Frobenius norms, f/s the
normalised network.

**Conventions.** Networks are trained many at a time by descent in double precision, on the cross-entropy of ten classes
unless said otherwise. Every number comes as (value, low, high): exact binomial (Clopper-Pearson) or bootstrap intervals
at 95 %, or the number itself three times where nothing was sampled; None where it was not measured because the data
are not at hand. An experiment says nothing of data other than its own.
"""
