internal import Foundation
internal import SegModels
internal import TensorCore

/// What every run folder says about its making.
struct RunManifest<Settings: Codable>: Codable {
    /// "predict", "train", ...
    var command: String
    /// As they were given.
    var arguments: [String]
    /// The version of this library.
    var libraryVersion = LibraryVersion.current
    /// The computing library, its version and instruction set.
    var backend = Devices.current.summary
    /// What tensors were on.
    var device = Devices.current.name
    var threads = Devices.current.threadCount
    var precision: Precision
    var seed: UInt64
    var backbones: [BackboneRecord]
    var checkpoints: [FileRecord]
    /// What the command decided, defaults included.
    var settings: Settings
    /// ISO 8601, UTC.
    var started: String
    var seconds: Double?
    /// "running", "finished" or "interrupted".
    var status = "running"

    init(
        command: String, common: CommonOptions, backbones: [BackboneRecord] = [], checkpoints: [FileRecord] = [],
        settings: Settings, started: Date
    ) {
        self.command = command
        arguments = Array(CommandLine.arguments.dropFirst())
        precision = common.precisionValue
        seed = common.seedValue
        self.backbones = backbones
        self.checkpoints = checkpoints
        self.settings = settings
        self.started = ISO8601DateFormatter().string(from: started)
    }

    /// The manifest of a run that ends now.
    func ended(_ status: String = "finished", since start: Date) -> RunManifest {
        var copy = self
        copy.status = status
        copy.seconds = Date().timeIntervalSince(start)
        return copy
    }
}

/// A backbone as manifests name it.
struct BackboneRecord: Codable {
    var name: String
    var weights: String
    var sha256: String

    init(_ loaded: LoadedBackbone) {
        name = loaded.description.name
        weights = loaded.weightsFile
        sha256 = loaded.weightsSHA256
    }
}

/// A file as manifests name it.
struct FileRecord: Codable {
    var path: String
    var sha256: String

    /// Reads the file and computes its digest.
    init(_ url: URL) throws {
        path = url.path
        do {
            let data = try Data(contentsOf: url, options: .mappedIfSafe)
            sha256 = data.withUnsafeBytes { SHA256.hex($0) }
        } catch {
            throw CommandError("\(url.path): cannot be read (\(error.localizedDescription)); check the path")
        }
    }
}
