import Testing

@testable import Datasets

@Suite("Columns of texts") struct TextColumnTests {
    static let widths: [(text: String, columns: Int)] = [
        ("", 0), ("photo.png", 9), ("é", 1), ("e\u{301}", 1), ("照片", 4), ("ネット", 6), ("ﾈｯﾄ", 3), ("ＡＢ", 4), ("신경망", 6),
        ("\u{1112}\u{1161}\u{11AB}", 2), ("a\u{200B}b", 2), ("\u{FEFF}", 0), ("soft\u{AD}hyphen", 11), ("🙂", 2), ("👍🏽", 2),
        ("👩‍👩‍👧", 2), ("🇯🇵", 2), ("☀️", 2), ("☀", 1), ("⌚", 2), ("שלום", 4), ("ภาษา", 4), ("ที่", 1), ("《", 2), ("…", 1), ("𠀀", 2),
        ("\u{1B}[K", 2), ("1️⃣", 2),
    ]

    @Test("Wide characters count two, marks none", arguments: widths)
    func columns(_ text: String, _ expected: Int) {
        #expect(text.columns == expected)
    }

    @Test("The table of ranges is exact at its ends")
    func ranges() throws {
        for (value, isWide) in [
            (0x10FF, false), (0x1100, true), (0x115F, true), (0x1160, false), (0x3029, true), (0x302A, false), (0x303E, true),
            (0x303F, false), (0xA48C, true), (0xA48D, false), (0xFF60, true), (0xFF61, false), (0x1FAF8, true), (0x1FAF9, false),
            (0x20000, true), (0x3FFFD, true), (0x3FFFE, false), (0x41, false), (0x10FFFF, false),
        ] {
            #expect(WideCharacters.contains(try #require(Unicode.Scalar(value))) == isWide, "\(String(value, radix: 16))")
        }
    }

    @Test("A text is cut at whole characters and never wider than asked", arguments: 0...12)
    func cut(_ limit: Int) {
        for text in ["照片-photo", "photo-照片", "e\u{301}e\u{301}e\u{301}", "👩‍👩‍👧👩‍👩‍👧"] {
            let (cut, short) = (text.cut(toColumns: limit), text.shortened(toColumns: limit))
            #expect(text.hasPrefix(cut) && cut.columns <= limit && short.columns <= limit)
            #expect(text.columns > limit || (cut == text && short == text))
        }
    }

    @Test("A path loses its middle")
    func middle() {
        #expect("/data/voc/JPEGImages/2007_000033.jpg".shortened(toColumns: 21) == "/data/voc...00033.jpg")
    }

    @Test("What moves the cursor is not printed")
    func printable() {
        #expect("a\u{1B}[2Jb\r\nc\u{2028}\u{9B}d".printable == "a?[2Jb?c??d")
        #expect("照片 é".printable == "照片 é")
    }
}
