internal import Datasets
public import SegModels
public import TensorCore

/// A kind of learner; a value is all that decides one network of the kind, as checkpoints and `--set network.` spell it.
///
/// A family of your own is a type in your own package. Registered with ``FewShotFamilies``, it is trained by `fss train learner`, and its
/// checkpoints are evaluated by path.
public protocol FewShotFamily: VersionedConfiguration, Hashable {
    /// What checkpoints and commands call it, such as `hsnet`.
    static var architecture: String { get }
    /// What tables call it.
    static var title: String { get }
    /// How it is trained where nobody says otherwise.
    static var training: FewShotTrainingConfiguration { get }

    /// The square that photos are resized to for the backbone, in pixels.
    var imageSize: Int { get }

    /// The modules of a backbone that the network reads, shallow to deep; nil for the levels of its description.
    func taps(of network: NetworkConfiguration) -> [String]?

    /// Registers a network with random weights, or for a checkpoint.
    ///
    /// - Parameters:
    ///   - scope: where its parameters go, under the names of its published checkpoints.
    ///   - levels: the maps that it will get, shallow to deep.
    ///   - precision: the type of its activations; scores are float32.
    /// - Throws: ``FewShotError/levels(architecture:found:expected:)`` for maps that it cannot read.
    func makeNetwork(
        _ scope: ParameterScope, behind levels: [FeatureLevel], precision: Precision
    ) throws(FewShotError) -> any FewShotNetwork
}

/// The families of learners that checkpoints and commands name.
public enum FewShotFamilies {
    /// Families by name.
    public static let families = Registry<any FewShotFamily.Type>(
        "learner",
        [HSNetConfiguration.architecture: HSNetConfiguration.self, PFENetConfiguration.architecture: PFENetConfiguration.self])

    /// Makes a family known; it takes the place of one of the same name.
    public static func register(_ family: any FewShotFamily.Type) { families.register(family.architecture, family) }

    /// The names of all families.
    public static var names: [String] { families.names }
}

/// Why a learner cannot be made, loaded or asked.
public enum FewShotError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A file is no checkpoint of a learner, or of one that this version does not know.
    case checkpoint(file: String, reason: String)
    /// Maps that an architecture cannot read.
    case levels(architecture: String, found: String, expected: String)
    /// A checkpoint behind a backbone whose maps it was not trained on.
    case backbone(file: String, trained: String, found: String)
    /// The episode has nothing to go by.
    case noSupport
    /// A support carries an annotation that cannot be used.
    case unusableAnnotation(support: String, reason: String)

    public var description: String {
        switch self {
        case .checkpoint(let file, let reason):
            "\(file) is not a learner's checkpoint: \(reason)"
        case .levels(let architecture, let found, let expected):
            "\(architecture) cannot read the backbone's maps: found \(found), expected \(expected); describe the backbone with other taps"
        case .backbone(let file, let trained, let found):
            "\(file) was trained behind \(trained) and cannot read the maps of \(found); evaluate it behind its own backbone, or train one"
        case .noSupport:
            "the episode has no support: give at least one photo with a mask, box or scribble"
        case .unusableAnnotation(let support, let reason):
            "the support \(support.isEmpty ? "image" : support) cannot be used: \(reason)"
        }
    }
}

extension [FeatureLevel] {
    /// "layer2.3 (512 channels, stride 8), ...", for messages.
    var text: String { map { "\($0.tap) (\($0.channels) channels, stride \($0.stride))" }.joined(separator: ", ") }

    /// Refuses sizes at which all pairs of pixels of two photos would not fit into memory.
    ///
    /// - Throws: ``FewShotError/levels(architecture:found:expected:)``.
    func checkPairs(ofSide side: Int, for architecture: String) throws(FewShotError) {
        let limit = 4.0
        let numbers = reduce(0.0) { sum, level in
            let cells = Double((side + level.stride - 1) / level.stride)
            return sum + cells * cells * cells * cells
        }
        let gibibytes = numbers * 4 / Double(1 << 30)
        guard gibibytes > limit else { return }
        let needed = Int(gibibytes.rounded(.up))
        throw .levels(
            architecture: architecture,
            found: "\(count) of photos of \(side) pixels, whose pairs of cells take \(needed) GiB an episode",
            expected: "at most \(Int(limit)) GiB: a smaller network.imageSize")
    }
}
