"""Goldens of CLIP's tokenizer from OpenAI's package with ftfy.

python Scripts/goldens/clip_tokenizer.py Tests/SegModelsTests/Goldens     the committed golden
python Scripts/goldens/clip_tokenizer.py --random 20000 strings.json      random Unicode strings, for a run by hand
python Scripts/goldens/clip_tokenizer.py --entities Sources/SegModels/Text/HTMLEntities.swift

The vocabulary is not committed: the golden has those of its merges that the strings need, with their places in it. As merges
apply by rank, a vocabulary of these alone splits the strings alike. Requirements: requirements.txt beside this file.
"""

import html.entities
import json
import pathlib
import random
import sys
import types
import unicodedata

import ftfy

sys.modules.setdefault("pkg_resources", types.SimpleNamespace(packaging=__import__("packaging")))
import packaging.version  # noqa: E402,F401
from clip import simple_tokenizer  # noqa: E402

tokenizer = simple_tokenizer.SimpleTokenizer()

ANCHORS = [
    "a photo of a cat",
    "It's 2024!  don't &amp;lt; élève 你好 😀",
    "ＡＢＣ “quoted” ﬁne",
    "",
]
FIXED = [
    " ", "\n\t", "a", "!", "'", "''s", "it'S", "WE'LL we'd I'm they've you're 't", "don''t", "x'ſ", "ſt", "ﬅ", "<|startoftext|>",
    "a <|endoftext|> b", "!!<|endoftext|>", "<|StartOfText|>", "&lt;b&gt;", "<b>&lt;</b>", "&EACUTE; &eacute &Eacute;t", "&#233;&#xE9&#0;",
    "&#128;&#x9f;", "&amp;amp;amp;", "&notit; &notin;", "&fjlig;", "&NTILDE; &SZLIG;", "&CounterClockwiseContourIntegral;", "&#55296;", "&#1114112;",
    "&#99999999999999999999;", "&#x1F600;", "&;", "&#;", "&#x;", "&ampersand", "ΑΣ ΣΑΣ. Σ ΑΣΑ", "İstanbul ISTANBUL", "ǅ ǆ Ǆ", "ŉ",
    "１２３ ｱｲｳ ﾊﾟ ￥", "a\u3000b\u00a0c\u2003d", "e\u0301 é", "\u1e9b\u0323", "a\u0000b\u0007c", "\x1b[31mred\x1b[0m", "x\u2028y\u2029z\x85w\r\nv\ru",
    "\u202eabc\u202c", "zero\u200bwidth\u200djoiner", "\ufeffbom", "👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪", "¼ ² Ⅷ ৪ 一二", "3.14159e-10", "C++ && C# || D--", "naïve café",
    "ｱﾞ", "가각힣 ᄀ", "שלום مرحبا नमस्ते สวัสดี", "ß ẞ", "x̂ȳ", "…—–‘’“”‚„‹›", "a" * 70, "ha" * 40, "#" * 50, "antidisestablishmentarianism",
    "\x80\x91\x92\x85", "℡ ℻ ™", "Ω Å K", "\u0345Σ", "A\u0345Σ\u0345", "Å\u0301Σ", "﹏ ＿ ｀", "\ufffc\ufff9x",
]


def random_character(generator):
    kind = generator.random()
    if kind < 0.55:
        return chr(generator.randrange(32, 127))
    if kind < 0.65:
        return generator.choice(" \t\n\u00a0\u2003\u3000'’\"“&;#<>|.,!?")
    if kind < 0.8:
        top = 0x250 if generator.random() < 0.5 else 0x3000
    else:
        top = 0x20000
    while True:
        character = chr(generator.randrange(0xA0, top))
        if unicodedata.category(character) not in ("Cn", "Cs", "Co"):
            return character


WORDS = ["dog", "Photograph", "don't", "it's", "aeroplane", "DINING table", "2024", "&amp;", "&lt;", "&eacute;", "&#39;", "Über", "naïve", "ﬁne",
         "東京", "привет", "ΟΔΟΣ", "🚗", "...", "--", "C-3PO", "e\u0301"]


def random_text(generator):
    parts = []
    for _ in range(generator.randrange(1, 9)):
        if generator.random() < 0.5:
            parts.append(generator.choice(WORDS))
        else:
            parts.append("".join(random_character(generator) for _ in range(generator.randrange(1, 12))))
    return generator.choice([" ", "", "  "]).join(parts)


def reference(text, repairs=True):
    """The package's tokens; without `repairs` as if ftfy did not look for texts that were decoded in a wrong encoding."""
    original = ftfy.fix_text
    if not repairs:
        ftfy.fix_text = lambda text: original(text, fix_encoding=False)
    try:
        return tokenizer.encode(text)
    finally:
        ftfy.fix_text = original


def random_cases(count, seed):
    generator = random.Random(seed)
    texts = [random_text(generator) for _ in range(count)]
    return [{"text": text, "ids": reference(text), "plain": reference(text, repairs=False)} for text in texts]


def closure(ids, merges):
    """The merges that make the tokens, with those that make their parts."""
    ranks = {"".join(merge): rank for rank, merge in enumerate(merges)}
    needed, open_ids = set(), {token - 512 for token in ids if 512 <= token < 512 + len(merges)}
    while open_ids:
        rank = open_ids.pop()
        needed.add(rank)
        open_ids |= {ranks[part] for part in merges[rank] if part in ranks} - needed
    return needed


def golden(path):
    # What ftfy repairs beyond the rules that are kept is no part of the golden.
    cases = [{"text": text, "ids": reference(text)} for text in ANCHORS + FIXED]
    cases += [{"text": case["text"], "ids": case["ids"]} for case in random_cases(400, 11) if case["ids"] == case["plain"]]
    merges = list(tokenizer.bpe_ranks)
    needed = sorted(closure({token for case in cases for token in case["ids"]}, merges))
    text = json.dumps({"ranks": needed, "merges": [" ".join(merges[rank]) for rank in needed]}, ensure_ascii=True)
    lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases)
    path.write_text(text[:-1] + ',\n"cases": [\n' + lines + "\n]}\n")
    print(f"{len(cases)} strings, {len(needed)} merges, {path.stat().st_size} bytes")


def entities(path):
    names = {}
    for name, value in html.entities.html5.items():
        entry = names.setdefault(name.rstrip(";"), [False, value])
        entry[0] |= not name.endswith(";")
    items = ["?" * old + name + "=" + ",".join(f"{ord(c):X}" for c in value) for name, (old, value) in sorted(names.items())]
    lines = [""]
    for item in items:
        if len(lines[-1]) + 1 + len(item) > 122:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + item
    source = path.read_text()
    head, tail = source.split('"""\n', 1)[0], source.rsplit('        """', 1)[1]
    path.write_text(head + '"""\n' + "".join(f"        {line}\n" for line in lines) + '        """' + tail)


if __name__ == "__main__":
    if sys.argv[1] == "--random":
        pathlib.Path(sys.argv[3]).write_text(json.dumps({"cases": random_cases(int(sys.argv[2]), 7)}))
    elif sys.argv[1] == "--entities":
        entities(pathlib.Path(sys.argv[2]))
    else:
        golden(pathlib.Path(sys.argv[1]) / "clip-tokenizer.json")
