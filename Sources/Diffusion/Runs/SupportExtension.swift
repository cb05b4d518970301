public import Datasets
public import SegModels
internal import Synchronization
public import TensorCore

/// A segmenter that shows another one more supports than it was asked with.
public protocol SupportExtendingSegmenter: EpisodicSegmenter {
    /// The episode that the other segmenter sees.
    func extended(_ episode: Episode) throws -> Episode
}

/// A dataset some of whose images come with others that are supports whenever they are, and never queries.
public protocol CompanionedDataset: FewShotDataset {
    /// Images and class of the companions, which `FewShotDataset.image(_:)` and the masks know; none is among the dataset's items.
    func companions(of item: DatasetItem) -> [DatasetItem]
}

/// A support of a run, and the class that it shows.
public struct ShownSupport: Sendable {
    /// Photo and annotation.
    public var support: Support
    /// The class.
    public var item: FewShotClass

    /// Pairs a support with its class.
    public init(_ support: Support, of item: FewShotClass) { (self.support, self.item) = (support, item) }
}

/// What a run would make before it starts.
public struct SupportForecast: Sendable, Hashable, Codable {
    /// Pictures that the run needs.
    public var pictures: Int
    /// Those that are there.
    public var known: Int
    /// Seconds for one, measured on the first that was missing; nil where none is missing.
    public var secondsEach: Double?
    /// Bytes of one on disk; nil where none was made or nothing is kept.
    public var bytesEach: Int?

    /// A forecast.
    public init(pictures: Int, known: Int, secondsEach: Double? = nil, bytesEach: Int? = nil) {
        (self.pictures, self.known, self.secondsEach, self.bytesEach) = (pictures, known, secondsEach, bytesEach)
    }
}

/// Supports beside the given ones, for evaluations and trainings: what DifFSS generates.
public protocol SupportExtension: Sendable {
    /// What decides the supports beside the settings that the plan holds: digests of weights and pictures. A run is only continued with
    /// the same.
    var identity: String { get }
    /// All that decides the supports, for the manifests of results.
    var record: [String: String] { get }
    /// What whoever reads the results should know.
    var remarks: [String] { get }

    /// A segmenter that shows `base` more supports.
    func around<Base: EpisodicSegmenter>(
        _ base: Base, classes: [FewShotClass], backbone: any Backbone
    ) throws -> any SupportExtendingSegmenter

    /// A dataset with more supports, to train on.
    func extending(_ dataset: any FewShotDataset, backbone: any Backbone) throws -> any CompanionedDataset

    /// What work supports would be. One picture may be made, to measure how long it takes.
    ///
    /// - Parameters:
    ///   - count: how many supports there are.
    ///   - support: loads one, so that not all are in memory at once.
    func forecast(count: Int, support: (Int) throws -> ShownSupport) throws -> SupportForecast

    /// Supports beside what is generated of them; nil where there is nothing to show.
    func sheet(of supports: [ShownSupport], backbone: any Backbone) throws -> RGBImage?
}

/// How supports are extended, as a plan or a manifest says it: a name of ``SupportExtensions`` and its settings.
public struct SupportExtensionChoice: Codable, Hashable, Sendable {
    /// The name.
    public var name: String
    /// What the factory of the name reads.
    public var settings: ConfigurationTree
    /// ``SupportExtension/identity`` of the run that began; nil before.
    public var identity: String?

    /// A choice.
    public init(name: String, settings: ConfigurationTree) { (self.name, self.settings) = (name, settings) }

    /// Settings are compared, and not hashed.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(identity)
    }

    /// Makes the extension.
    ///
    /// - Throws: `RunError` for an unknown name and for files that are not those of the run that began; whatever the factory throws.
    public func make(_ compute: ComputeSettings) throws -> any SupportExtension {
        let made = try SupportExtensions.factory(name)(settings, compute)
        if let identity, identity != made.identity {
            throw RunError.conflict(
                "the run began with auxiliary supports of \"\(identity)\", found \"\(made.identity)\"; give the files that it began with."
            )
        }
        return made
    }

    /// The choice with the identity of what was made of it.
    func pinned(to made: any SupportExtension) -> SupportExtensionChoice {
        var copy = self
        copy.identity = made.identity
        return copy
    }
}

/// Extensions of supports by name, so that a run that is continued finds them.
public enum SupportExtensions {
    /// Makes an extension from settings.
    public typealias Factory = @Sendable (ConfigurationTree, ComputeSettings) throws -> any SupportExtension

    private static let factories = Mutex<[String: Factory]>([:])

    /// Registers an extension, in place of one that has the name.
    public static func register(_ name: String, _ factory: @escaping Factory) { factories.withLock { $0[name] = factory } }

    /// The registered names in alphabetical order.
    public static var names: [String] { factories.withLock { $0.keys.sorted() } }

    static func factory(_ name: String) throws(RunError) -> Factory {
        guard let found = factories.withLock({ $0[name] }) else {
            let known = names.isEmpty ? "none is registered" : names.joined(separator: ", ")
            throw .setting("auxiliary supports", found: name, expected: known)
        }
        return found
    }
}
