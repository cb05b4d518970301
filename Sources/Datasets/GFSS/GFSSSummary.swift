internal import TensorCore

/// What a convention makes of a fold, in lists.
public struct GFSSSummary: Codable, Sendable, Equatable {
    /// The convention.
    public var convention: GFSSConvention
    /// The fold.
    public var fold: Int
    /// The seed of the supports.
    public var seed: UInt64
    /// Classes that are learned from many images.
    public var base: [FewShotClass]
    /// Classes that are learned from supports.
    public var novel: [FewShotClass]
    /// Images that base classes are learned from.
    public var baseImages: [String]
    /// Images that may support a novel class, by its id.
    public var candidates: [Int: Int]
    /// The supports; empty where there are too few candidates.
    public var supports: [DatasetItem]
    /// The images that are segmented.
    public var queries: [String]
    /// The digest of these.
    public var queryHash: String
    /// What whoever reads this should know.
    public var remarks: [String]

    /// Cuts a dataset.
    ///
    /// - Parameter seed: nil for the convention's first.
    /// - Throws: ``RunError`` and ``DatasetError`` for settings and a dataset that cannot be read.
    public init(_ dataset: DatasetChoice, _ convention: GFSSConvention, fold: Int, shots: Int, seed: UInt64? = nil) throws {
        if shots < 1 { throw RunError.setting("shots", found: "\(shots)", expected: "1 or more") }
        try dataset.check(folds: [fold])
        let source = try dataset.generalized()
        let view = try source.gfss(convention, fold: fold)
        let seed = seed ?? convention.seeds.first ?? 0
        guard ComputeSettings.seeds.contains(seed) else {
            throw RunError.setting("seed", found: "\(seed)", expected: "0...\(ComputeSettings.seeds.upperBound)")
        }
        (self.convention, self.fold, self.seed) = (convention, fold, seed)
        (base, novel, baseImages) = (view.baseClasses, view.novelClasses, view.baseImages)
        candidates = Dictionary(uniqueKeysWithValues: novel.map { ($0.id, view.candidates(classID: $0.id).count) })
        remarks = source.remarks
        do {
            supports = try view.supports(shots: shots, seed: seed)
        } catch {
            supports = []
            remarks.append("no supports: \(error)")
        }
        queries = view.queries(supports: supports)
        queryHash = SHA256.hex(queries.joined(separator: "\n"))
    }
}
