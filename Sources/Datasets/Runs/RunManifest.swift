public import Foundation
internal import TensorCore

/// What a run folder says about its making: one type for every kind of run.
public struct RunManifest<Settings: Codable>: Codable {
    /// "predict", "train", ...
    public var command: String
    /// The words of the command line, empty for a run that a program began.
    public var arguments: [String]
    /// How it computed. In JSON its fields stand beside the others.
    public var compute: ComputeRecord
    /// The networks.
    public var backbones: [BackboneRecord]
    /// The decoders.
    public var checkpoints: [FileRecord]
    /// What the run decided, defaults included.
    public var settings: Settings
    /// When it began: ISO 8601, UTC.
    public var started: String
    /// How long it took, nil until it ended.
    public var seconds: Double?
    /// "clearing" until what an earlier run left is removed, then "running", at last "finished", "interrupted" or "failed".
    public var status = "running"
    /// What whoever reads the results should know.
    public var remarks: [String] = []

    /// The manifest of a run that begins.
    public init(
        command: String, arguments: [String] = [], compute: ComputeRecord = ComputeRecord(), backbones: [BackboneRecord] = [],
        checkpoints: [FileRecord] = [], settings: Settings, started: Date = Date()
    ) {
        self.command = command
        self.arguments = arguments
        self.compute = compute
        self.backbones = backbones
        self.checkpoints = checkpoints
        self.settings = settings
        self.started = started.formatted(.iso8601)
    }

    /// The manifest of a run that ends now.
    public func ended(_ status: String = "finished", since start: Date) -> RunManifest {
        var copy = self
        copy.status = status
        copy.seconds = Date().timeIntervalSince(start)
        return copy
    }

    private enum CodingKeys: String, CodingKey {
        case command, arguments, backbones, checkpoints, settings, started, seconds, status, remarks
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        command = try values.decode(String.self, forKey: .command)
        arguments = try values.decode([String].self, forKey: .arguments)
        compute = try ComputeRecord(from: decoder)
        backbones = try values.decode([BackboneRecord].self, forKey: .backbones)
        checkpoints = try values.decode([FileRecord].self, forKey: .checkpoints)
        settings = try values.decode(Settings.self, forKey: .settings)
        started = try values.decode(String.self, forKey: .started)
        seconds = try values.decodeIfPresent(Double.self, forKey: .seconds)
        status = try values.decode(String.self, forKey: .status)
        remarks = try values.decodeIfPresent([String].self, forKey: .remarks) ?? []
    }

    public func encode(to encoder: any Encoder) throws {
        try compute.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(command, forKey: .command)
        try values.encode(arguments, forKey: .arguments)
        try values.encode(backbones, forKey: .backbones)
        try values.encode(checkpoints, forKey: .checkpoints)
        try values.encode(settings, forKey: .settings)
        try values.encode(started, forKey: .started)
        try values.encodeIfPresent(seconds, forKey: .seconds)
        try values.encode(status, forKey: .status)
        try values.encode(remarks, forKey: .remarks)
    }
}

extension RunManifest: Sendable where Settings: Sendable {}

/// A network as manifests name it.
public struct BackboneRecord: Sendable, Hashable, Codable {
    /// The name in its description.
    public var name: String
    /// The path of its weights.
    public var weights: String
    /// The digest of their file.
    public var sha256: String

    /// Names a network.
    public init(name: String, weights: String, sha256: String) {
        self.name = name
        self.weights = weights
        self.sha256 = sha256
    }
}

/// A file as manifests name it.
public struct FileRecord: Sendable, Hashable, Codable {
    /// Where it lies.
    public var path: String
    /// The digest of its bytes.
    public var sha256: String

    /// Reads the file and computes its digest.
    ///
    /// - Throws: ``RunError`` for a file that cannot be read.
    public init(_ url: URL) throws(RunError) {
        path = url.standardizedFileURL.path
        if let data = try? Data(contentsOf: url, options: .mappedIfSafe) {
            sha256 = data.withUnsafeBytes { SHA256.hex($0) }
            return
        }
        // Also finds names that are no UTF-8, and says in words why a file cannot be read.
        do throws(FileFailure) {
            sha256 = try FileBytes.read(url).withUnsafeBytes { SHA256.hex($0) }
        } catch {
            throw .file(path, found: error.found, expected: "a file", advice: error.advice)
        }
    }
}
