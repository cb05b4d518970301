public import Foundation
internal import Synchronization
internal import TensorCore

/// What is expensive to compute of photos, kept by content: in memory up to a bound, and on disk for the next run.
///
/// A file a key, in safetensors form, written whole or not at all. A damaged file is made again; where the disk cannot take
/// more, the store goes on without it and says so once (``remark``).
public final class FeatureStore: Sendable {
    private let folder: URL?
    private let cache: FeatureCache
    private let failure = Mutex<String?>(nil)

    /// Opens a store.
    ///
    /// - Parameters:
    ///   - folder: where files are; made when the first is written. Nil keeps everything in memory.
    ///   - memory: bytes that are kept in memory.
    public init(folder: URL? = nil, memory: Int = 1 << 30) {
        self.folder = folder
        cache = FeatureCache(capacity: memory)
    }

    /// The user's folder for what can be computed again: `$XDG_CACHE_HOME/swift-fss/features`, or `.cache` at home.
    public static var standardFolder: URL {
        let environment = ProcessInfo.processInfo.environment
        let base =
            environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? URL(fileURLWithPath: $0) : nil }
            ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache")
        return base.appendingPathComponent("swift-fss/features")
    }

    /// Why files are not written any more, nil where they are.
    public var remark: String? { failure.withLock { $0 } }

    /// Whether others may find what is kept.
    var isOnDisk: Bool { folder != nil }

    /// The tensors under `key`: from memory, from disk, or made and kept.
    func tensors(_ key: ContentKey, make: () throws -> [Tensor]) rethrows -> [Tensor] {
        try cache.tensors(key) {
            if let stored = read(key) { return stored }
            let made = try make()
            write(made, under: key)
            return made
        }
    }

    /// Whether the tensors under `key` need not be made.
    func contains(_ key: ContentKey) -> Bool {
        guard let folder else { return cache.contains(key) }
        return cache.contains(key) || FileManager.default.fileExists(atPath: file(key, in: folder).path)
    }

    private func file(_ key: ContentKey, in folder: URL) -> URL {
        folder.appendingPathComponent(String(key.digest.prefix(2))).appendingPathComponent(key.digest + ".safetensors")
    }

    private func read(_ key: ContentKey) -> [Tensor]? {
        guard let folder, let state = try? Safetensors.load(contentsOf: file(key, in: folder)) else { return nil }
        let tensors = (0..<state.count).compactMap { state[String($0)] }
        return tensors.count == state.count && !tensors.isEmpty ? tensors : nil
    }

    private func write(_ tensors: [Tensor], under key: ContentKey) {
        guard let folder, remark == nil else { return }
        let file = file(key, in: folder)
        let named = tensors.enumerated().map { (String($0.offset), $0.element) }
        let bytes = Safetensors.serialize(StateDict(Dictionary(uniqueKeysWithValues: named)))
        do {
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try AtomicFile.write(bytes, to: file, isDurable: false)
        } catch {
            let reason = (error as? FileFailure).map { "found \($0.found); \($0.advice)" } ?? error.localizedDescription
            failure.withLock { $0 = "\(folder.path): features are not kept for the next run: \(reason)" }
        }
    }
}
