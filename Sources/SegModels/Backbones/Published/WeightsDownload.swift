internal import Foundation
internal import TensorCore

/// Fetches a published file into the cache, when somebody asks for it and never otherwise.
///
/// Bytes go to a file beside the place, which gets its name when the digest agrees. A connection that breaks off is taken up
/// where it ended, and so is one that an earlier process began; bytes that turn out wrong after that are fetched once more as a whole.
public struct WeightsDownload: Sendable {
    /// How far it is.
    public struct Progress: Sendable, Hashable {
        /// Bytes that are there, of an earlier process, too.
        public var received: Int
        /// Bytes of the file, where the server says it.
        public var total: Int?
    }

    /// What came of it.
    public struct Result: Codable, Sendable, Hashable {
        /// The file.
        public var path: String
        /// Its bytes.
        public var bytes: Int
        /// Their digest.
        public var sha256: String
        /// Whether it had been there before.
        public var wasThere: Bool
    }

    /// What is fetched.
    public var weights: PublishedWeights
    /// Where to.
    public var cache: WeightsCache
    /// Where from: the publisher's address, or a mirror of it.
    public var address: String
    /// How often a connection may break off without any byte before that is an error, and the seconds between.
    var patience = (tries: 3, seconds: 1.0)

    /// A download of a known file.
    ///
    /// - Parameter address: another place that has the same bytes; nil for the publisher's.
    public init(_ weights: PublishedWeights, to cache: WeightsCache = .standard(), from address: String? = nil) {
        self.weights = weights
        self.cache = cache
        self.address = address ?? weights.address
    }

    /// Fetches the file; `observe` hears of the progress on a thread of its own.
    ///
    /// - Throws: ``DownloadError``; `CancellationError` where the task is cancelled.
    public func run(observe: @escaping @Sendable (Progress) -> Void = { _ in }) async throws -> Result {
        guard let url = URL(string: address), ["http", "https"].contains(url.scheme?.lowercased() ?? "") else {
            throw DownloadError.address(address)
        }
        do {
            try FileManager.default.createDirectory(at: cache.folder, withIntermediateDirectories: true)
        } catch {
            throw DownloadError.file(cache.folder.path, reason: "the folder cannot be made: \(error.localizedDescription)")
        }
        let partial = try PartialFile(cache.partial(of: weights))
        defer { partial.release() }
        let place = cache.place(of: weights)
        if let known = try? Self.digest(of: place), weights.isDigest(known.sha256) {
            partial.remove()
            return Result(path: place.path, bytes: known.bytes, sha256: known.sha256, wasThere: true)
        }
        let isContinued = partial.count > 0
        do {
            return try await fetch(url, partial, to: place, observe)
        } catch DownloadError.wrongBytes where isContinued {
            return try await fetch(url, partial, to: place, observe)
        }
    }

    private func fetch(
        _ url: URL, _ partial: PartialFile, to place: URL, _ observe: @escaping @Sendable (Progress) -> Void
    ) async throws -> Result {
        var failures = 0
        while true {
            try Task.checkCancellation()
            let before = partial.count
            let transfer = WeightsTransfer(url, into: partial, limit: weights.byteLimit, observe)
            let outcome = await transfer.run()
            try Task.checkCancellation()
            switch outcome {
            case .whole: return try finish(partial, at: place)
            case .failed(let error):
                if error.isFinal {
                    if error.discards { partial.truncate() }
                    throw error
                }
                failures = partial.count > before ? 0 : failures + 1
                guard failures < patience.tries else { throw error }
                try await Task.sleep(for: .seconds(patience.seconds))
            }
        }
    }

    private func finish(_ partial: PartialFile, at place: URL) throws -> Result {
        let (bytes, digest) = try Self.digest(of: partial.url)
        guard weights.isDigest(digest) else {
            partial.truncate()
            throw DownloadError.wrongBytes(address: address, found: digest, expected: weights.sha256)
        }
        try partial.rename(to: place)
        return Result(path: place.path, bytes: bytes, sha256: digest, wasThere: false)
    }

    private static func digest(of url: URL) throws -> (bytes: Int, sha256: String) {
        do {
            let file = try FileHandle(forReadingFrom: url)
            defer { try? file.close() }
            var (hash, count) = (SHA256(), 0)
            while let part = try file.read(upToCount: 1 << 20), !part.isEmpty {
                part.withUnsafeBytes { hash.update($0) }
                count += part.count
            }
            return (count, hash.hexDigest())
        } catch {
            throw DownloadError.file(url.path, reason: "cannot be read: \(error.localizedDescription)")
        }
    }
}

extension DownloadError {
    /// Whether another try leads to nothing else.
    var isFinal: Bool { if case .broken = self { false } else { true } }
    /// Whether what has come is of no use.
    var discards: Bool { if case .tooLong = self { true } else { false } }
}
