"""Golden of SentencePiece: a small unigram model, and digests of the tokens of 20 000 random texts.

python Scripts/goldens/sentence_piece.py Tests/SegModelsTests/Goldens

Texts come from a formula on both sides. Of the model the file holds the bytes, packed: most are the table of characters.
"""

import gzip
import hashlib
import io
import pathlib
import random
import sys

import sentencepiece

from backbones import uniform

WORDS = (
    "the a photo of cat dog airplane bicycle person sitting on red blue street in rain with bright light under sky café naïve 123 "
    "2024 don't it's high-quality ＡＢＣ ﬁne").split()
ALPHABET = "abcdefghij thephotocatdog  \t\n.,!?'0123456789éàçÄßﬁ①ＡＢＣ　½…—\u00a0\u200b\u0301你好😀ΩΜあ"


def text(index):
    u = uniform(f"sentence {index}", 48)
    letters = "".join(ALPHABET[int(v * len(ALPHABET))] for v in u[2:2 + int(u[0] * 30)])
    words = " ".join(WORDS[int(v * len(WORDS))] for v in u[32:32 + int(u[1] * 9)])
    return words + letters


def main():
    random.seed(0)
    syllables = [a + b for a in "b c ch d f g h m n p r s st t".split() for b in "a ai e i o ou u".split()]
    words = WORDS + ["".join(random.choice(syllables) for _ in range(random.randint(1, 4))) for _ in range(400)]
    lines = [" ".join(random.choice(words) for _ in range(random.randint(3, 12))) + random.choice([".", "!", "?", ""])
             for _ in range(4000)]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=400, model_type="unigram", pad_id=0, eos_id=1, unk_id=2,
        bos_id=-1, pad_piece="<pad>", normalization_rule_name="nmt_nfkc", character_coverage=1.0, minloglevel=2)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    folder = pathlib.Path(sys.argv[1])
    (folder / "sentence-piece.model.gz").write_bytes(gzip.compress(model.getvalue(), 9, mtime=0))
    digests = []
    for block in range(40):
        rows = [",".join(map(str, processor.encode(text(block * 500 + i)))) for i in range(500)]
        digests.append(hashlib.sha256("\n".join(rows).encode()).hexdigest())
    known = ["a photo of a cat", "ＡＢＣ ﬁne", "你好 x", "", "  tab\tnew\nline "]
    rows = [",".join(map(str, processor.encode(t))) for t in known]
    (folder / "sentence-piece.txt").write_text("\n".join(digests + rows) + "\n")


if __name__ == "__main__":
    main()
