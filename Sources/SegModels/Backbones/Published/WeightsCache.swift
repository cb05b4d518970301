public import Foundation

/// The folder of downloaded weights.
public struct WeightsCache: Sendable {
    /// Where the files lie, each under its publisher's name.
    public var folder: URL

    /// A cache in a folder, which is made when something is stored.
    public init(folder: URL) { self.folder = folder }

    /// The user's: `$XDG_CACHE_HOME/swift-fss/weights`, or `.cache` at home.
    public static func standard(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> WeightsCache {
        let root =
            environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? URL(fileURLWithPath: $0) : nil }
            ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache")
        return WeightsCache(folder: root.appendingPathComponent("swift-fss").appendingPathComponent("weights"))
    }

    /// Where a file lies when it is there.
    public func place(of weights: PublishedWeights) -> URL { folder.appendingPathComponent(weights.fileName) }

    /// Whether a file is there. Only whole files whose digest agreed get this name.
    public func holds(_ weights: PublishedWeights) -> Bool { FileManager.default.fileExists(atPath: place(of: weights).path) }

    /// Where a download stands until it is whole.
    func partial(of weights: PublishedWeights) -> URL {
        folder.appendingPathComponent(".\(weights.fileName).\(weights.sha256.prefix(8)).part")
    }
}
