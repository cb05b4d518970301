internal import TensorCore

extension EvaluationProtocol {
    /// The default: supports without repeats, the query's own resolution.
    public static let vocUniform = EvaluationProtocol(id: "voc-uniform", sampling: .vocUniform)

    /// HSNet on PASCAL-5i as published (`test.py` there): its 1000 episodes of seed 0, images as a square of 400, masks resized by
    /// nearest neighbour, void pixels of the query left out.
    public static let hsnet = EvaluationProtocol(id: "hsnet", sampling: .hsnet, space: .square(400))

    /// HSNet on COCO-20i as published: as ``hsnet``, with the episodes of its COCO lists and without void.
    public static let hsnetCOCO = EvaluationProtocol(
        id: "hsnet-coco", sampling: .hsnetCOCO, space: .square(400), ignoreRule: .nothing)

    /// HSNet on FSS-1000 as published: each of the 2400 test images is a query once.
    public static let hsnetFSS = EvaluationProtocol(
        id: "hsnet-fss", sampling: .hsnetFSS, space: .square(400), ignoreRule: .nothing, episodes: 2400)

    /// PGMA-Net on PASCAL-5i: HSNet's episodes, compared in a square of 384.
    public static let pgma = EvaluationProtocol(id: "pgma", sampling: .hsnet, space: .square(384))

    /// PGMA-Net on COCO-20i: HSNet's episodes, compared in a square of 384.
    public static let pgmaCOCO = EvaluationProtocol(
        id: "pgma-coco", sampling: .hsnetCOCO, space: .square(384), ignoreRule: .nothing)

    /// Label-Anything on PASCAL-5i (FSSDINO's, too): every class as likely, query and supports without replacement, the query's own
    /// resolution. Easier than HSNet's.
    public static let labelAnything = EvaluationProtocol(id: "label-anything", sampling: .classUniform)

    /// Label-Anything on COCO-20i: objects of less than 2048 pixels and crowds are no part of the truth.
    public static let labelAnythingCOCO = EvaluationProtocol(
        id: "label-anything-coco", sampling: .classUniform, ignoreRule: .nothing,
        datasetOptions: ["min-annotation-area": "2048", "crowds": "drop", "min-pixels": "1"])

    /// BAM: images in a random order, each asked for one of its classes; the labels' own resolution; 1000 episodes of each of five seeds.
    public static let bam = EvaluationProtocol(id: "bam", sampling: .imageShuffle, repeats: 5)

    /// For ranking one's own variants on PASCAL-5i: as ``bam``, with 5000 episodes of each of three seeds.
    public static let wide = EvaluationProtocol(id: "wide", sampling: .imageShuffle, episodes: 5000, repeats: 3)

    /// As ``wide`` for COCO-20i: 10000 episodes of each of three seeds.
    public static let wideCOCO = EvaluationProtocol(
        id: "wide-coco", sampling: .imageShuffle, ignoreRule: .nothing, episodes: 10_000, repeats: 3)

    private static let registry = Registry<EvaluationProtocol>(
        "protocol",
        [
            vocUniform.id: vocUniform, hsnet.id: hsnet, hsnetCOCO.id: hsnetCOCO, hsnetFSS.id: hsnetFSS, pgma.id: pgma,
            pgmaCOCO.id: pgmaCOCO, labelAnything.id: labelAnything, labelAnythingCOCO.id: labelAnythingCOCO, bam.id: bam,
            wide.id: wide, wideCOCO.id: wideCOCO,
        ])

    /// Registers a protocol under its ``id``, in place of one that has it.
    public static func register(_ evaluation: EvaluationProtocol) { registry.register(evaluation.id, evaluation) }

    /// The protocols that have a name, first registered first.
    public static var named: [EvaluationProtocol] { registry.names.compactMap { try? registry.member(named: $0) } }

    /// A named protocol; nil for an unknown name.
    public init?(named name: String) {
        guard let found = try? Self.registry.member(named: name) else { return nil }
        self = found
    }

    /// What whoever reads scores should know of this protocol on a dataset: that another name is the one of the dataset.
    ///
    /// - Parameter dataset: a name of ``DatasetRegistry``.
    public func remark(on dataset: String) -> String? {
        let kinds = [DatasetRegistry.coco: "coco", DatasetRegistry.miniCOCO: "coco", DatasetRegistry.fss1000: "fss"]
        let own = Set(kinds.values).first {
            id.hasSuffix("-\($0)") && EvaluationProtocol(named: String(id.dropLast($0.count + 1))) != nil
        }
        let wanted = kinds[dataset]
        if own == wanted { return nil }
        let base = own.map { String(id.dropLast($0.count + 1)) } ?? id
        let name = wanted.map { "\(base)-\($0)" } ?? base
        guard EvaluationProtocol(named: name) != nil else { return nil }
        return "protocol \(id) was made for other data: published scores on \(dataset) follow \(name)"
    }
}
