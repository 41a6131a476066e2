"""Four labels and a small trigram model over words of them."""

LABELS = ' abc'

# Words over a, b and c; the numbers are made up.
ARPA = """\\data\\
ngram 1=7
ngram 2=6
ngram 3=2

\\1-grams:
-2.5\t<unk>\t0
-99\t<s>\t-0.3
-0.9\t</s>\t0
-0.7\ta\t-0.2
-0.9\tab\t-0.4
-1.1\tc\t-0.1
-1.3\tba\t0

\\2-grams:
-0.3\t<s> ab\t-0.2
-0.6\ta c\t-0.15
-0.4\tab a\t-0.25
-0.8\tc c\t0
-0.5\tc </s>
-0.2\tba a

\\3-grams:
-0.1\t<s> ab a
-0.35\tab a c

\\end\\
"""
