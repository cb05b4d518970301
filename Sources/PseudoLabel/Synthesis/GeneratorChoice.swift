internal import Datasets
public import Diffusion
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
    /// Stable Diffusion: a folder of diffusers or a file, and what a file leaves open: CLIP's vocabulary where it is not the model's, the
    /// folder with the text encoders of a single file of version 3, what the network of a single file of version 1 or 2 answers.
    case diffusion(
        model: String, vocabulary: String? = nil, textEncoders: String? = nil, prediction: LatentPrediction? = nil)
    /// Unlabelled photos of the novel classes in the plan's dataset.
    case photos

    /// The generator.
    ///
    /// - Throws: `DatasetError` for a folder, ``EndpointError`` for an address, `TextToImageError` for a model, `RunError` for photos of a plan without a dataset.
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
        case .diffusion(let model, let vocabulary, let textEncoders, let prediction):
            let numbers = settings.diffusion
            let loaded = try TextToImage.load(
                URL(fileURLWithPath: model), vocabulary: vocabulary.map { URL(fileURLWithPath: $0) },
                textEncoders: textEncoders.map { URL(fileURLWithPath: $0) }, prediction: prediction,
                precision: numbers.precision)
            let size = numbers.side == 0 ? nil : Size2D(numbers.side)
            let request = TextToImageRequest(
                "", negativePrompt: numbers.negativePrompt, size: size, steps: numbers.steps, guidance: numbers.guidance)
            // A size that the model cannot make is a matter of the call, not of every picture.
            _ = try loaded.size(of: request)
            return try TextToImageGenerator(loaded, request: request)
        case .photos:
            let source = try plan.requiredSource()
            let data = try GFSSData(source.dataset, source.convention, fold: source.fold)
            return DatasetPhotos(data, excluding: try source.supportItems(of: data.view))
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

    /// Stable Diffusion.
    public struct Diffusion: Hashable, Codable, Sendable {
        /// Pixels along each side; 0 for the model's own.
        public var side = 0
        /// Steps.
        public var steps = 20
        /// How much the prompt counts against the negative one.
        public var guidance: Float = 7.5
        /// What images shall not show.
        public var negativePrompt = ""
        /// The type of activations.
        public var precision = Precision.float32
    }

    /// Images of one prompt.
    public var imagesPerPrompt = 1
    /// What the images' seeds are drawn from.
    public var seed = 0
    /// Images in a row that may fail before the rest is given up.
    public var patience = 5
    /// The painter.
    public var shapes = Shapes()
    /// Stable Diffusion.
    public var diffusion = Diffusion()
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
            "shapes.size": .whole(16...8192), "diffusion.side": .whole(0...8192), "diffusion.steps": .whole(1...1000),
            "diffusion.guidance": .real(0...1000), "timeout": .real(above: 0, upTo: 86400), "attempts": .whole(1...1000),
        ]
        return own.with(HTTPGenerator.Settings.ranges, under: "server")
    }
}
