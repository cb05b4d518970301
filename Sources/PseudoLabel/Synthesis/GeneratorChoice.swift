internal import Datasets
internal import Foundation
public import TensorCore

/// What makes images, as a command or a file says it.
public enum GeneratorChoice: Codable, Hashable, Sendable {
    /// The painter of Shapes-5i.
    case shapes
    /// A folder of images, or one with a folder a class.
    case folder(String)
    /// A text-to-image server, and the environment variable with its key.
    case server(HTTPGenerator.Form, url: String, keyVariable: String?)
    /// Unlabelled photos of the novel classes in the plan's dataset.
    case photos

    /// The generator.
    ///
    /// - Throws: `DatasetError` for a folder, ``EndpointError`` for an address, `RunError` for photos of a plan without a dataset.
    func generator(_ plan: SynthesisPlan, _ settings: GenerationSettings) throws -> any ImageGenerator {
        switch self {
        case .shapes:
            let own = Set(plan.classes.map(\.id))
            let companions = settings.shapes.companions ? (1...Shapes5i.classCount).filter { !own.contains($0) } : []
            return ShapesPainter(size: settings.shapes.size, companions: companions)
        case .folder(let path):
            return try FolderGenerator(URL(fileURLWithPath: path), classNames: plan.classes.map(\.name))
        case .server(let form, let url, let keyVariable):
            let endpoint = try Endpoint(
                url, keyVariable: keyVariable, timeout: settings.timeout, attempts: settings.attempts)
            return HTTPGenerator(endpoint, form: form, settings: settings.server)
        case .photos:
            let source = try plan.requiredSource()
            let data = try GFSSData(source.dataset, source.convention, fold: source.fold)
            return DatasetPhotos(data, excluding: try data.view.supports(shots: source.shots, seed: source.supportSeed))
        }
    }
}

/// The numbers of image synthesis, as one JSON file.
public struct GenerationSettings: VersionedConfiguration, Hashable {
    public static let version = 1

    /// The painter of Shapes-5i.
    public struct Shapes: Hashable, Codable, Sendable {
        /// Pixels along each side.
        public var size = 256
        /// Whether other classes stand beside the one that was asked for where a prompt speaks of a crowd.
        public var companions = true
    }

    /// Images of one prompt.
    public var imagesPerPrompt = 1
    /// What the images' seeds are drawn from.
    public var seed = 0
    /// Images in a row that may fail before the rest is given up.
    public var patience = 5
    /// The painter.
    public var shapes = Shapes()
    /// What a server is asked for.
    public var server = HTTPGenerator.Settings()
    /// Seconds for one answer of a server.
    public var timeout = 300.0
    /// How often an answer is asked for.
    public var attempts = 4

    /// The defaults.
    public init() {}

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

    public static var ranges: ConfigurationRanges {
        let own: ConfigurationRanges = [
            "imagesPerPrompt": .whole(1...100_000), "seed": .seed, "patience": .whole(1...1_000_000),
            "shapes.size": .whole(16...8192), "timeout": .real(above: 0, upTo: 86400), "attempts": .whole(1...1000),
        ]
        return own.with(HTTPGenerator.Settings.ranges, under: "server")
    }
}
