/// Texts to tokens as OpenAI's CLIP: cleaned, split into words, digits and other characters, and encoded by
/// pairs of bytes.
///
/// Equal to the reference `clip.simple_tokenizer` with ftfy, but for texts that ftfy takes for wrongly decoded ones.
public struct CLIPTokenizer: Sendable {
    /// The tokens.
    public let vocabulary: BytePairVocabulary

    /// Makes a tokenizer.
    public init(_ vocabulary: BytePairVocabulary) { self.vocabulary = vocabulary }

    /// The tokens of a text, without those that begin and end it.
    public func tokens(of text: String) -> [Int] {
        Self.words(of: TextCleaning.cleaned(text)).flatMap { word -> [Int] in
            if word.elementsEqual(Self.startMark) { return [vocabulary.startToken] }
            if word.elementsEqual(Self.endMark) { return [vocabulary.endToken] }
            var bytes: [UInt8] = []
            for scalar in word { bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter) }
            return vocabulary.tokens(of: bytes)
        }
    }

    /// The tokens of a text between those that begin and end it.
    public func sequence(of text: String) -> [Int] { [vocabulary.startToken] + tokens(of: text) + [vocabulary.endToken] }

    private static let startMark = Array("<|startoftext|>".unicodeScalars)
    private static let endMark = Array("<|endoftext|>".unicodeScalars)
    /// Endings that are words of their own; the long s counts as s.
    private static let endings = ["'s", "'ſ", "'t", "'re", "'ve", "'m", "'ll", "'d"].map { Array($0.unicodeScalars) }

    /// `<|startoftext|>|<|endoftext|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`.
    static func words(of text: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>] {
        let kinds = text.map { Kind($0) }
        var words: [ArraySlice<Unicode.Scalar>] = []
        var index = 0
        while index < text.count {
            guard kinds[index] != .space else {
                index += 1
                continue
            }
            let length = fixedWord(in: text, at: index) ?? runLength(kinds[index...])
            words.append(text[index..<(index + length)])
            index += length
        }
        return words
    }

    private static func fixedWord(in text: [Unicode.Scalar], at index: Int) -> Int? {
        guard text[index] == "<" || text[index] == "'" else { return nil }
        return ([startMark, endMark] + endings).first { text[index...].starts(with: $0) }?.count
    }

    private static func runLength(_ kinds: ArraySlice<Kind>) -> Int {
        guard let first = kinds.first, first != .number else { return 1 }
        return kinds.prefix { $0 == first }.count
    }

    private enum Kind {
        case letter, number, space, other

        init(_ scalar: Unicode.Scalar) {
            // A mark whose case folds to a letter: the pattern ignores case, so that neither letters nor their complement match it.
            guard scalar != "\u{0345}" else {
                self = .space
                return
            }
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
            case .decimalNumber, .letterNumber, .otherNumber: self = .number
            default: self = scalar.properties.isWhitespace ? .space : .other
            }
        }
    }
}
