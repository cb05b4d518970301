public import Foundation
internal import TensorCore

extension CLIPTokenizer {
    /// The names under which the vocabulary is looked for: OpenAI's file, the same unpacked, Hugging Face's.
    public static let fileNames = ["bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt", "merges.txt"]

    /// The most bytes that a vocabulary may have: ten times OpenAI's.
    private static let largestFile = 32 << 20

    /// Reads a vocabulary.
    ///
    /// - Parameter url: OpenAI's file, packed or not, Hugging Face's `merges.txt`, or a folder that holds one of these. The tokens
    ///   of Hugging Face's `vocab.json` follow from the merges and are not read.
    /// - Throws: ``TokenizerError``.
    public init(contentsOf url: URL) throws(TokenizerError) {
        guard (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory ?? false else {
            self = try Self.read(url)
            return
        }
        let candidates = Self.fileNames.map { url.appendingPathComponent($0) }
        guard let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            throw .missing(searched: candidates.map(\.relativePath))
        }
        self = try Self.read(found)
    }

    /// Reads the vocabulary in the folder of a weights file.
    ///
    /// - Throws: ``TokenizerError``, with the paths where it was looked for.
    public init(beside weights: URL) throws(TokenizerError) {
        try self.init(contentsOf: weights.deletingLastPathComponent())
    }

    private static func read(_ url: URL) throws(TokenizerError) -> CLIPTokenizer {
        let path = url.relativePath
        var data: Data
        do {
            let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
            guard size <= largestFile else {
                throw TokenizerError.file(path, reason: "found \(size) bytes, expected a vocabulary of at most \(largestFile)")
            }
            data = try Data(contentsOf: url)
        } catch let error as TokenizerError {
            throw error
        } catch {
            throw .file(path, reason: error.localizedDescription)
        }
        if Gzip.isGzip(data) {
            do throws(FileFailure) { data = try Gzip.inflated(data, limit: largestFile) } catch {
                throw .file(path, reason: "found \(error.found); \(error.advice)")
            }
        }
        return CLIPTokenizer(try BytePairVocabulary(merges: data, source: path))
    }
}
