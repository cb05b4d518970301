internal import TensorCore

/// A way of drawing test episodes from a list of images with their classes.
///
/// A new one lives in any package, and commands and files find it under the name that it is registered with:
///
/// ```swift
/// EpisodeProtocol.register("every-pair", EveryPair())
/// ```
public protocol EpisodeDrawing: Sendable {
    /// Rises whenever the same list and seed give other episodes. By default 1.
    var version: Int { get }
    /// Draws episodes; they depend on the arguments alone.
    ///
    /// - Parameters:
    ///   - items: the list, in its order.
    ///   - shots: supports an episode, none or more.
    ///   - count: episodes, none or more.
    ///   - seed: one of NumPy's.
    /// - Throws: ``DatasetError`` for a list that no such episodes can be drawn from.
    func episodes(
        from items: [DatasetItem], shots: Int, count: Int, seed: UInt64
    ) throws(DatasetError) -> [EpisodeReference]
}

extension EpisodeDrawing {
    public var version: Int { 1 }
}

/// How test episodes are drawn from a list, by name.
public struct EpisodeProtocol: RawRepresentable, Sendable, Hashable, Codable {
    /// The name.
    public let rawValue: String

    /// Query `items[i mod n]`; supports drawn without replacement from the other images of its class.
    ///
    /// Generator: TensorCore's `NumPyRandom` seeded once. For each support a partial Fisher-Yates step over the images of
    /// the class in list order, the query left out: position `k` is swapped with `k + interval(count - 1 - k)`.
    public static let vocUniform = EpisodeProtocol(known: "voc-uniform")
    /// The exact test episodes of HSNet on PASCAL-5i (`data/pascal.py` there): query `items[i mod n]`; supports drawn
    /// one by one from all images of the class until the query is not met, so that supports may repeat.
    public static let hsnet = EpisodeProtocol(known: "hsnet")
    /// The exact test episodes of HSNet on COCO-20i (`data/coco.py` there): class, then query, then supports.
    public static let hsnetCOCO = EpisodeProtocol(known: "hsnet-coco")
    /// The exact test episodes of HSNet on FSS-1000 (`data/fss.py` there): every image is a query, classes in the order of their
    /// names and images in that of their files' names; supports as in ``hsnet``.
    public static let hsnetFSS = EpisodeProtocol(known: "hsnet-fss")
    /// A class, each as likely, then query and supports from its images without replacement (Label-Anything). Its own
    /// repository draws with Python's generator, which this does not replay.
    ///
    /// Generator: `NumPyRandom` seeded once. The class is `interval(classes - 1)` of the ids in ascending order; `shots + 1` partial
    /// Fisher-Yates steps over its images in list order give query and supports.
    public static let classUniform = EpisodeProtocol(known: "class-uniform")
    /// Every image once, in a new random order each pass, asked for one of its listed classes; supports without replacement (PFENet,
    /// BAM). Their repositories draw with Python's generator, which this does not replay.
    ///
    /// Generator: `NumPyRandom` seeded once. A pass begins with `permutation(images)`; an image's class is `interval(classes - 1)` of its
    /// classes in list order; supports as in ``vocUniform``.
    public static let imageShuffle = EpisodeProtocol(known: "image-shuffle")

    private static let registry = Registry<any EpisodeDrawing>(
        "way of drawing episodes",
        [
            "voc-uniform": ListWalk(supports: .distinct), "hsnet": ListWalk(supports: .repeating),
            "hsnet-coco": HSNetCOCODrawing(),
            "hsnet-fss": HSNetFSSDrawing(), "class-uniform": ClassUniformDrawing(), "image-shuffle": ImageShuffleDrawing(),
        ])

    private init(known name: String) { rawValue = name }

    /// The way of drawing that is registered under a name; nil for another name.
    public init?(rawValue: String) {
        guard Self.names.contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    /// Registers a way of drawing, in place of one that has the name.
    ///
    /// - Returns: what protocols and samplers take.
    @discardableResult
    public static func register(_ name: String, _ drawing: any EpisodeDrawing) -> EpisodeProtocol {
        registry.register(name, drawing)
        return EpisodeProtocol(known: name)
    }

    /// The names of all ways of drawing.
    public static var names: [String] { registry.names }

    /// Rises whenever the same list and seed give other episodes.
    public var version: Int { drawing.version }

    /// What draws. A value exists for registered names alone, and nothing unregisters one.
    var drawing: any EpisodeDrawing { (try? Self.registry.member(named: rawValue)) ?? ListWalk(supports: .distinct) }
}
