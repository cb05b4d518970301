public import Datasets
internal import Foundation
public import SegModels
public import TensorCore

/// A backbone as users and manifests name it: `name=weights`, or weights that describe themselves.
public struct BackboneChoice: Codable, Hashable, Sendable {
    /// A built-in name or the path of a description; nil where the weights say it.
    public var name: String?
    /// A file of weights, or for a built-in name its folder.
    public var weights: String

    /// Reads `name=weights` or `weights`. A name of published weights (`PublishedWeights`) alone means their file in the cache,
    /// whether it has been downloaded or not.
    public init(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        if parts.count == 1, let published = PublishedWeights.named(text), !FileManager.default.fileExists(atPath: text) {
            self.init(name: published.backbone, weights: WeightsCache.standard().place(of: published).path)
            return
        }
        self.init(name: parts.count == 2 ? parts[0] : nil, weights: parts.last ?? text)
    }

    /// Whether the text it was read from names weights, of a kind that can be read or not, rather than a network alone.
    public var namesWeights: Bool {
        guard name == nil, !weights.hasSuffix(".safetensors") else { return true }
        return !weights.hasSuffix(".json") && FileManager.default.fileExists(atPath: weights)
    }

    /// Names both; the weights' path becomes absolute.
    public init(name: String?, weights: String) {
        self.name = name
        self.weights = URL(fileURLWithPath: weights).standardizedFileURL.path
    }

    /// The same network as `earlier` where this names none, with these weights.
    public func moved(from earlier: BackboneChoice) -> BackboneChoice {
        BackboneChoice(name: name ?? earlier.name, weights: weights)
    }

    /// Loads the network.
    ///
    /// - Throws: `RunError` for files that are not there, `BackboneError` for weights that do not fit.
    public func load(precision: Precision = .float32) throws -> LoadedBackbone {
        let url = URL(fileURLWithPath: weights)
        guard FileManager.default.fileExists(atPath: weights) else {
            if let missing = Self.missingDownload(weights) { throw missing }
            throw RunError.file(
                weights, found: "no such file", expected: "the weights of a backbone",
                advice: "check --backbone and --weights")
        }
        guard let name, name.hasSuffix(".json") else {
            return try Backbones.load(name: name, weights: url, precision: precision)
        }
        return try Backbones.load(description: Self.description(name), weights: url, precision: precision)
    }

    /// Which command fetches a file of the cache that is not there.
    private static func missingDownload(_ path: String) -> RunError? {
        let cache = WeightsCache.standard()
        guard let published = PublishedWeights.all.first(where: { cache.place(of: $0).standardizedFileURL.path == path }) else {
            return nil
        }
        let size = published.mebibytes.map { ", \(Int($0.rounded(.up))) MiB" } ?? ""
        return .file(
            path, found: "no such file", expected: "the weights of \(published.name)",
            advice: "`fss weights download \(published.name)` fetches them (\(published.publisher)\(size); licence: "
                + "\(published.licence)), or give a file with --weights")
    }

    /// The description of a built-in name, or of a file that ends in `.json`.
    ///
    /// - Throws: `RunError` for a file that cannot be read, `BackboneError` for a name or a description that is wrong.
    public static func description(_ name: String) throws -> BackboneDescription {
        guard name.hasSuffix(".json") else { return try Backbones.description(named: name) }
        let json: Data
        do {
            json = try Data(contentsOf: URL(fileURLWithPath: name))
        } catch {
            throw RunError.unreadable(
                name, error, expected: "a backbone description", advice: "check the option that names it")
        }
        return try BackboneDescription(json: json, source: name)
    }
}

extension BackboneRecord {
    /// What a manifest says about a network.
    public init(_ loaded: LoadedBackbone) {
        self.init(name: loaded.description.name, weights: loaded.weightsFile, sha256: loaded.weightsSHA256)
    }

    /// What a result says about networks whose priors are fused: all names, and the digest of all digests. One network is as it is alone.
    ///
    /// - Precondition: at least one network.
    init(fusing loaded: [LoadedBackbone]) {
        guard loaded.count > 1 else {
            self.init(loaded[0])
            return
        }
        func joined(_ text: (LoadedBackbone) -> String) -> String { loaded.map(text).joined(separator: " + ") }
        var hash = SHA256()
        for item in loaded { hash.update(Array(item.weightsSHA256.utf8)) }
        self.init(name: joined(\.description.name), weights: joined(\.weightsFile), sha256: hash.hexDigest())
    }
}
