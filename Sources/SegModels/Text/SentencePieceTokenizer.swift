public import Foundation
internal import TensorCore

/// Texts to tokens as SentencePiece's unigram models: normalised by the model's own table, then cut into the pieces whose scores sum up
/// highest (Kudo 2018). Equal to `SentencePieceProcessor.encode`.
public struct SentencePieceTokenizer: Sendable {
    /// The token of what no piece covers.
    public let unknownToken: Int
    /// All tokens.
    public let count: Int
    /// The digest of the model's bytes.
    public let digest: String
    private let normalizer: SentencePieceNormalizer
    /// The tree of pieces: the node behind a node and a byte.
    private let edges: [UInt64: Int32]
    /// The token and the score of the piece that ends at a node; -1 where none does.
    private let tokens: [Int32]
    private let scores: [Float]
    private let unknownScore: Float

    /// The most bytes that a model may have: ten times T5's.
    private static let largestFile = 16 << 20

    /// Reads a model, such as `spiece.model`.
    ///
    /// - Throws: ``TokenizerError/file(_:reason:)``.
    public init(contentsOf url: URL) throws(TokenizerError) {
        let data: Data
        do {
            let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
            guard size <= Self.largestFile else {
                throw TokenizerError.file(
                    url.path, reason: "found \(size) bytes, expected a model of at most \(Self.largestFile)")
            }
            data = try Data(contentsOf: url)
        } catch let error as TokenizerError {
            throw error
        } catch {
            throw .file(url.path, reason: error.localizedDescription)
        }
        try self.init(data, source: url.path)
    }

    /// Reads a model's bytes.
    ///
    /// - Throws: ``TokenizerError/file(_:reason:)``.
    public init(_ data: Data, source: String) throws(TokenizerError) {
        let bytes = [UInt8](data)
        let model = try SentencePieceModel(bytes, source: source)
        digest = SHA256.hex(bytes)
        normalizer = try SentencePieceNormalizer(model.charsmap, source: source)
        (unknownToken, count) = (model.unknown, model.pieces.count)
        var edges: [UInt64: Int32] = [:]
        var tokens: [Int32] = [-1]
        var scores: [Float] = [0]
        var least = Float.infinity
        for (token, piece) in model.pieces.enumerated() where piece.kind == SentencePieceModel.Kind.normal.rawValue {
            least = min(least, piece.score)
            var node: Int32 = 0
            for byte in piece.bytes {
                let key = Self.key(node, byte)
                if let next = edges[key] {
                    node = next
                } else {
                    node = Int32(tokens.count)
                    edges[key] = node
                    tokens.append(-1)
                    scores.append(0)
                }
            }
            guard node > 0, tokens[Int(node)] < 0 else {
                throw .file(source, reason: "piece \(token) is empty or there twice")
            }
            (tokens[Int(node)], scores[Int(node)]) = (Int32(token), piece.score)
        }
        guard least.isFinite else { throw .file(source, reason: "found no pieces of texts, expected a vocabulary") }
        (self.edges, self.tokens, self.scores) = (edges, tokens, scores)
        unknownScore = least - 10
    }

    private static func key(_ node: Int32, _ byte: UInt8) -> UInt64 { UInt64(UInt32(bitPattern: node)) << 8 | UInt64(byte) }

    /// The tokens of a text, without one that ends it.
    public func tokens(of text: String) -> [Int] {
        let bytes = normalizer.normalized(Array(text.utf8))
        var best = [Step](repeating: Step(), count: bytes.count + 1)
        best[0].score = 0
        var start = 0
        while start < bytes.count {
            let length = min(SentencePieceNormalizer.length(of: bytes[start]), bytes.count - start)
            var hasSingle = false
            var node: Int32 = 0
            for end in start..<bytes.count {
                guard let next = edges[Self.key(node, bytes[end])] else { break }
                node = next
                guard tokens[Int(node)] >= 0 else { continue }
                offer(&best, from: start, to: end + 1, tokens[Int(node)], scores[Int(node)])
                if end + 1 - start == length { hasSingle = true }
            }
            if !hasSingle { offer(&best, from: start, to: start + length, Int32(unknownToken), unknownScore) }
            start += length
        }
        return path(best)
    }

    /// A text as a fixed number of tokens: with the end's, cut or filled up.
    ///
    /// - Parameters:
    ///   - text: any text.
    ///   - length: tokens in all, at least 1.
    ///   - end: the token that ends a text: 1 in T5.
    ///   - padding: the token that fills up: 0 in T5.
    /// - Returns: the tokens, and how many of the text's were left out.
    public func sequence(of text: String, length: Int, end: Int = 1, padding: Int = 0) -> (tokens: [Int], omitted: Int) {
        let all = tokens(of: text)
        let kept = all.prefix(max(length - 1, 0)) + [end]
        return (kept + [Int](repeating: padding, count: max(length - kept.count, 0)), all.count + 1 - kept.count)
    }

    /// The best way to a place.
    private struct Step {
        var score = -Float.infinity
        var start = -1
        var token: Int32 = -1
    }

    private func offer(_ best: inout [Step], from start: Int, to end: Int, _ token: Int32, _ score: Float) {
        let sum = best[start].score + score
        if best[end].start < 0 || sum > best[end].score { best[end] = Step(score: sum, start: start, token: token) }
    }

    private func path(_ best: [Step]) -> [Int] {
        var result: [Int] = []
        var end = best.count - 1
        while end > 0 {
            let token = Int(best[end].token)
            // What is unknown in a row is one token.
            if token != unknownToken || result.last != unknownToken { result.append(token) }
            end = best[end].start
        }
        return result.reversed()
    }
}
