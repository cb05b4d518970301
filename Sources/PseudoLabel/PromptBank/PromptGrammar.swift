internal import Datasets
internal import TensorCore

/// Prompts from lists of words, without a network: "a photo of a small dog on a beach, seen from above, at dusk".
///
/// Every combination of one word of each list is one prompt; their order follows from the seed and the class name, and none comes
/// twice. The class name is always among the words.
public struct PromptGrammar: PromptProposer, Codable, Hashable {
    /// The words that prompts are made of. An empty text leaves its part out.
    public struct Words: Sendable, Hashable, Codable {
        /// What the object is like: "small".
        public var attributes: [String]
        /// Where it is: "on a beach".
        public var places: [String]
        /// How it is seen: "seen from above".
        public var views: [String]
        /// The light: "at dusk".
        public var light: [String]
        /// What kind of picture it is: "a photo".
        public var styles: [String]

        /// Lists of your own.
        public init(attributes: [String], places: [String], views: [String], light: [String], styles: [String]) {
            (self.attributes, self.places, self.views) = (attributes, places, views)
            (self.light, self.styles) = (light, styles)
        }
    }

    /// More combinations than this are refused: their order is drawn as a whole.
    public static let maximumCombinations = 2_000_000

    /// The words.
    public let words: Words
    /// What the order is drawn from.
    public let seed: UInt32

    /// A grammar.
    ///
    /// - Parameters:
    ///   - words: each list holds at least one text.
    ///   - seed: another seed is another order of the same prompts.
    /// - Throws: `DatasetError` for an empty list, a word with a line break, or more than ``maximumCombinations``.
    public init(words: Words = .standard, seed: UInt32 = 0) throws {
        try Self.check(words)
        (self.words, self.seed) = (words, seed)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(words: container.decode(Words.self, forKey: .words), seed: container.decode(UInt32.self, forKey: .seed))
    }

    public var identity: String {
        let lists = [words.attributes, words.places, words.views, words.light, words.styles]
        let text = lists.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
        return "grammar \(SHA256.hex(text).prefix(16)) seed \(seed)"
    }

    /// The number of prompts that a class has.
    public var combinationCount: Int {
        [words.attributes, words.places, words.views, words.light, words.styles].reduce(1) { $0 * $1.count }
    }

    public mutating func proposals(_ request: PromptRequest) -> [String] {
        let known = Set(request.accepted).union(request.refused)
        var found: [String] = []
        for number in order(of: request.className) where found.count < request.count {
            let prompt = prompt(number, className: request.className)
            if !known.contains(prompt) { found.append(prompt) }
        }
        return found
    }

    /// The numbers of all combinations in the order of a class.
    private func order(of className: String) -> [Int] {
        let mixed = UInt64(SHA256.hex("\(seed) \(className)").prefix(8), radix: 16) ?? UInt64(seed)
        var random = NumPyRandom(seed: mixed)
        return random.permutation(combinationCount)
    }

    /// The prompt of a combination: its number is read as digits, one a list.
    private func prompt(_ number: Int, className: String) -> String {
        var rest = number
        func next(_ list: [String]) -> String {
            defer { rest /= list.count }
            return list[rest % list.count]
        }
        let attribute = next(words.attributes)
        let place = next(words.places)
        let view = next(words.views)
        let light = next(words.light)
        let style = next(words.styles)
        let thing = [attribute, className].filter { !$0.isEmpty }.joined(separator: " ")
        let article = "aeiou".contains(thing.lowercased().prefix(1)) ? "an" : "a"
        let subject = style.isEmpty ? "\(article) \(thing)" : "\(style) of \(article) \(thing)"
        let scene = [subject, place].filter { !$0.isEmpty }.joined(separator: " ")
        return [scene, view, light].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private static func check(_ words: Words) throws(DatasetError) {
        let lists = [
            ("attributes", words.attributes), ("places", words.places), ("views", words.views), ("light", words.light),
            ("styles", words.styles),
        ]
        var combinations = 1
        for (name, list) in lists {
            if list.isEmpty {
                throw DatasetError(
                    file: "prompt grammar", place: name, found: "an empty list", expected: "at least one text",
                    advice: "give an empty text where the part is to be left out")
            }
            if let word = list.first(where: { $0.contains(where: \.isNewline) || $0.count > 200 }) {
                throw DatasetError(
                    file: "prompt grammar", place: name, found: "\"\(word.prefix(40))\"",
                    expected: "at most 200 characters in one line", advice: "shorten it")
            }
            if let twice = Dictionary(grouping: list, by: \.self).first(where: { $0.value.count > 1 })?.key {
                throw DatasetError(
                    file: "prompt grammar", place: name, found: "\"\(twice)\" twice", expected: "every text once",
                    advice: "remove one")
            }
            let (product, overflow) = combinations.multipliedReportingOverflow(by: list.count)
            if overflow || product > maximumCombinations {
                throw DatasetError(
                    file: "prompt grammar", place: name, found: "more than \(maximumCombinations) combinations",
                    expected: "fewer", advice: "shorten the lists")
            }
            combinations = product
        }
    }
}

extension PromptGrammar.Words {
    /// The lists that the library ships.
    public static let standard = PromptGrammar.Words(
        attributes: [
            "", "small", "large", "old", "new", "colourful", "dark", "bright", "worn", "partly hidden", "wet", "dusty",
        ],
        places: [
            "in a city street", "on a beach", "in a forest", "in a living room", "on a lawn", "in a kitchen", "in the snow",
            "in front of a brick wall", "by a river", "on a wooden table", "in a crowded market", "in a desert",
        ],
        views: [
            "seen from close up", "seen from far away", "seen from above", "seen from the side", "seen from behind",
            "seen from below", "cut off by the frame",
        ],
        light: [
            "in bright sunlight", "at dusk", "under an overcast sky", "in dim indoor light", "with strong shadows", "in fog",
            "at night under a lamp",
        ],
        styles: ["a photo", "a sharp photo", "a snapshot", "a blurred photo", "a grainy photo", "a film still"])
}
