public import TensorCore

/// A kind of network; a value is the shape of one network of that kind, as a description spells it.
///
/// A family of your own is a type in your own package. Registered with ``BackboneFamilies/register(_:)``, it is found in
/// description files and weights, and everything that takes a backbone takes its networks. Networks that are a sequence of
/// stages conform to ``StagedFamily``, which makes the network of them; others make a ``Backbone`` of their own.
///
/// The JSON of a value (the fields of the type) stands in descriptions beside the ``family``: names and meaning of fields stay
/// what they are, new ones are optional, and every number has its range in `ranges`. Values that are in range and still make no
/// network are refused by `validateRelations(source:)`.
public protocol BackboneFamily: Hashable, RangedConfiguration {
    /// What descriptions call the family, such as `resnet`.
    static var family: String { get }

    /// Networks of the family that are known by name; none by default.
    static var presets: [BackbonePreset] { get }

    /// How names of other publishers' files become those that the family registers; none by default. The first map whose marker
    /// is among a file's names counts.
    static var keyMaps: [KeyMap] { get }

    /// The networks of which a file's tensors may be, as far as names and shapes tell; none by default.
    ///
    /// Several where they leave something open (where strides are, how images are padded); they differ in that alone and the
    /// first is the likeliest. A guess is enough: ``BackboneFamilies/networks(fitting:)`` compares every name and shape. Names are
    /// those after ``keyMaps``; ``WeightsIndex/layout`` tells whose they were.
    static func detected(in weights: WeightsIndex) -> [Self]

    /// The modules whose outputs are the levels where a description names none, shallow to deep; empty where the network has
    /// no good ones.
    var defaultTaps: [String] { get }

    /// Registers a network with random weights, trainable.
    ///
    /// - Parameters:
    ///   - scope: where its parameters go, under the names of its checkpoints.
    ///   - settings: name, pixels, taps (``defaultTaps`` where there are none) and precision.
    /// - Throws: ``BackboneError`` where values or taps make no network.
    func makeBackbone(_ scope: ParameterScope, _ settings: BackboneSettings) throws(BackboneError) -> any Backbone
}

extension BackboneFamily {
    public static var presets: [BackbonePreset] { [] }
    public static var keyMaps: [KeyMap] { [] }
    public static func detected(in weights: WeightsIndex) -> [Self] { [] }
    public static var ranges: ConfigurationRanges { [:] }

    /// The classes of a classifier, for ``ranges``.
    public static var classesRange: ConfigurationRange { .whole(1...1_000_000) }

    /// Refuses values that make no network.
    ///
    /// - Throws: ``BackboneError/configuration(backbone:reason:)``.
    func check(for backbone: String) throws(BackboneError) {
        do throws(ConfigurationError) { try validate(source: backbone) } catch {
            throw .configuration(backbone: backbone, reason: error.key.isEmpty ? error.reason : "\(error.key): \(error.reason)")
        }
    }

    /// The networks among ``detected(in:)`` whose tensors are exactly those of the file.
    static func networks(fitting weights: WeightsIndex) -> [NetworkConfiguration] {
        let weights = weights.canonical(keyMaps)
        let found = detected(in: weights)
        guard let first = found.first, (try? first.check(for: family)) != nil,
            let network = try? first.makeBackbone(ParameterScope(.loading), BackboneSettings(name: family)),
            WeightsIndex(network) == weights
        else { return [] }
        return found.map { NetworkConfiguration($0) }
    }
}
