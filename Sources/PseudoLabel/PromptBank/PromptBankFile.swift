internal import Datasets
public import Foundation
internal import TensorCore

extension PromptBank {
    /// The version of the file's form.
    public static let fileVersion = 1

    /// Writes the bank as JSON, whole or not at all.
    ///
    /// Embeddings stand in it as the base64 form of their little-endian float32 bytes, which keeps every bit.
    ///
    /// - Throws: `DatasetError` where the file cannot be written; what stood there is untouched then.
    public func save(to file: URL) throws {
        try TextFile.writeJSON(PromptBankDocument(self), to: file)
    }

    /// Reads a bank and checks that it is one: unit vectors of one length, similarities that follow from them and lie on the right
    /// side of λ.
    ///
    /// - Throws: `DatasetError` with the place in the file.
    public init(contentsOf file: URL) throws {
        let text = Data(try TextFile.read(file, expected: "a prompt bank").utf8)
        func refuse(_ place: String, _ found: String, _ expected: String) -> DatasetError {
            DatasetError(
                file: file.path, place: place, found: found, expected: expected,
                advice: "restore the file, or delete it and build the bank anew")
        }
        let limits = JSONGuard(bytes: 1 << 30, depth: 16, values: 10_000_000)
        if let excess = limits.excess(in: text) { throw refuse("", excess, "a prompt bank") }
        let document: PromptBankDocument
        do {
            document = try JSONDecoder().decode(PromptBankDocument.self, from: text)
        } catch let error as DecodingError {
            let (key, reason) = error.placeAndReason
            throw refuse(key, reason, "a prompt bank of version \(Self.fileVersion)")
        }
        if let problem = document.problem { throw refuse(problem.place, problem.found, problem.expected) }
        self = document.bank
    }
}

/// The form of the file.
struct PromptBankDocument: Codable {
    struct Entry: Codable {
        var prompt: String
        var similarity: Double?
        var embedding: Data

        enum CodingKeys: String, CodingKey, CaseIterable { case prompt, similarity, embedding }
    }

    struct Refusal: Codable {
        var prompt: String
        var similarity: Double
        var nearest: Int
        var accepted: Int

        enum CodingKeys: String, CodingKey, CaseIterable { case prompt, similarity, nearest, accepted }
    }

    var version: Int
    var className: String
    var lambda: Double
    var encoder: String
    var accepted: [Entry]
    var refused: [Refusal]

    enum CodingKeys: String, CodingKey, CaseIterable { case version, className, lambda, encoder, accepted, refused }

    init(_ bank: PromptBank) {
        (version, className, lambda) = (PromptBank.fileVersion, bank.className, bank.threshold)
        encoder = bank.encoder
        accepted = bank.entries.map { entry in
            let words = entry.embedding.map { $0.bitPattern.littleEndian }
            return Entry(
                prompt: entry.prompt, similarity: entry.similarity, embedding: words.withUnsafeBytes { Data($0) })
        }
        refused = bank.refusals.map {
            Refusal(prompt: $0.prompt, similarity: $0.similarity, nearest: $0.nearest, accepted: $0.accepted)
        }
    }

    var bank: PromptBank {
        let entries = accepted.map {
            PromptBank.Entry(prompt: $0.prompt, similarity: $0.similarity, embedding: $0.floats)
        }
        let refusals = refused.map {
            PromptBank.Refusal(prompt: $0.prompt, similarity: $0.similarity, nearest: $0.nearest, accepted: $0.accepted)
        }
        return PromptBank(
            className: className, threshold: lambda, encoder: encoder, entries: entries, refusals: refusals)
    }
}

extension PromptBankDocument.Entry {
    /// The numbers of the embedding.
    var floats: [Float] {
        stride(from: 0, to: embedding.count - 3, by: 4).map { start in
            let bytes = embedding[(embedding.startIndex + start)..<(embedding.startIndex + start + 4)]
            return Float(bitPattern: bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        }
    }
}

extension PromptBankDocument {
    init(from decoder: any Decoder) throws {
        let container = try decoder.knownContainer(CodingKeys.self)
        version = try container.decode(Int.self, forKey: .version)
        guard version == PromptBank.fileVersion else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: container, debugDescription: "version \(version), which this library does not know")
        }
        className = try container.decode(String.self, forKey: .className)
        lambda = try container.decode(Double.self, forKey: .lambda)
        encoder = try container.decode(String.self, forKey: .encoder)
        accepted = try container.decode([Entry].self, forKey: .accepted)
        refused = try container.decode([Refusal].self, forKey: .refused)
    }

    /// What makes the numbers no bank, nil where they are one.
    var problem: (place: String, found: String, expected: String)? {
        if className.isEmpty { return ("className", "an empty name", "the name of a class") }
        if !(-1...1).contains(lambda) { return ("lambda", "\(lambda)", "-1...1") }
        return acceptedProblem ?? refusedProblem
    }

    private var acceptedProblem: (place: String, found: String, expected: String)? {
        var checked = PromptBank(className: className, threshold: lambda, encoder: encoder)
        for (index, entry) in accepted.enumerated() {
            let place = "accepted \(index)"
            let width = checked.entries.first.map { $0.embedding.count * 4 } ?? max(entry.embedding.count, 4)
            guard entry.embedding.count == width, width % 4 == 0 else {
                return (place, "an embedding of \(entry.embedding.count) bytes", "\(width / 4 * 4) bytes, four a number")
            }
            let vector = entry.floats
            let length = cosine(vector, vector)
            guard abs(length - 1) < 1e-3 else { return (place, "an embedding of squared length \(length)", "1") }
            guard Self.isNear(entry.similarity, checked.similarity(vector)) else {
                return (place, "a similarity that does not follow from the embeddings", "their largest cosine")
            }
            guard checked.offer(entry.prompt, embedding: vector).accepted else {
                return (place, "a prompt as similar as λ or more", "less than \(lambda)")
            }
        }
        return nil
    }

    private var refusedProblem: (place: String, found: String, expected: String)? {
        for (index, refusal) in refused.enumerated() {
            let place = "refused \(index)"
            guard (0...accepted.count).contains(refusal.accepted), (0..<refusal.accepted).contains(refusal.nearest) else {
                return (place, "nearest \(refusal.nearest) of \(refusal.accepted)", "prompts that were accepted before")
            }
            guard refusal.similarity >= lambda, refusal.similarity < 1.001 else {
                return (place, "similarity \(refusal.similarity)", "\(lambda)...1")
            }
        }
        return nil
    }

    private static func isNear(_ stated: Double?, _ computed: Double?) -> Bool {
        switch (stated, computed) {
        case (nil, nil): true
        case (let stated?, let computed?): abs(stated - computed) < 1e-6
        default: false
        }
    }
}

extension PromptBankDocument.Entry {
    init(from decoder: any Decoder) throws {
        let container = try decoder.knownContainer(CodingKeys.self)
        prompt = try container.decode(String.self, forKey: .prompt)
        similarity = try container.decodeIfPresent(Double.self, forKey: .similarity)
        embedding = try container.decode(Data.self, forKey: .embedding)
    }
}

extension PromptBankDocument.Refusal {
    init(from decoder: any Decoder) throws {
        let container = try decoder.knownContainer(CodingKeys.self)
        prompt = try container.decode(String.self, forKey: .prompt)
        similarity = try container.decode(Double.self, forKey: .similarity)
        nearest = try container.decode(Int.self, forKey: .nearest)
        accepted = try container.decode(Int.self, forKey: .accepted)
    }
}

/// Any key of an object.
private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// The members of an object; those that are not in the list are refused by name.
    func knownContainer<Key: CodingKey & CaseIterable>(_ keys: Key.Type) throws -> KeyedDecodingContainer<Key> {
        let known = Set(keys.allCases.map(\.stringValue))
        if let unknown = try container(keyedBy: AnyKey.self).allKeys.first(where: { !known.contains($0.stringValue) }) {
            let context = DecodingError.Context(
                codingPath: codingPath, debugDescription: "unknown key \"\(unknown.stringValue.prefix(40))\"")
            throw DecodingError.dataCorrupted(context)
        }
        return try container(keyedBy: keys)
    }
}
