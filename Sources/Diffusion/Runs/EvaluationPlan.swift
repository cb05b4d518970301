public import Datasets
public import SegModels

/// The classes that an evaluation draws its episodes from.
public enum EvaluatedClasses: String, Codable, CaseIterable, Sendable {
    /// Of the fold, which its decoder never saw.
    case novel
    /// Of the training list: for choices, which novel classes must not decide.
    case base
}

/// All that decides an evaluation, as its manifest stores it.
public struct EvaluationPlan: Codable, Hashable, Sendable {
    /// What is asked for.
    public var dataset: DatasetChoice
    /// The folds, from 0.
    public var folds = [0]
    /// Whose classes.
    public var classes = EvaluatedClasses.novel
    /// Base classes that training kept aside; 0 for all base classes.
    public var heldOut = 0
    /// Rows of the matrix.
    public var backbones: [BackboneChoice]
    /// A decoder a fold, or none.
    public var checkpoints: [String]
    /// Checkpoints of learners such as HSNet (`fss train learner`), a column each: with `{fold}` in the path, or of the only fold; nil for
    /// none.
    public var learners: [String]?
    /// Training-free methods beside.
    public var baselines: [PriorKind] = [.foreground, .contrast]
    /// How episodes are drawn and compared.
    public var evaluation = EvaluationProtocol.vocUniform
    /// Supports an episode; in N-way episodes for each class.
    public var shots = 1
    /// Queries without the class that are asked about beside; nil for none.
    public var absent: AbsentQueries?
    /// Classes an episode; nil for one.
    public var ways: Int?
    /// How supports are annotated.
    public var annotation = AnnotationRule.mask
    /// The seed of annotations that are drawn at random.
    public var annotationSeed: UInt64 = 0
    /// The words that the class's name is read with, a file of `fss train words` behind the only backbone; nil for those that come along
    /// (``ShippedModels/words``), where ``annotation`` gives names.
    public var words: String?
    /// The square that photos are resized to, without a checkpoint.
    public var imageSize = 320
    /// How masks are drawn, where it is not as the checkpoint says; nil for that.
    public var sampling: SamplingChoice?
    /// Whether sampling strips, error maps and histograms of priors are drawn, too; nil for not.
    public var figures: Bool?
    /// Supports that are generated beside the drawn ones; nil for none.
    public var auxiliary: SupportExtensionChoice?
    /// Whether all backbones at once, their priors fused as views, are one row more; nil for not.
    public var fused: Bool?
    /// Whether presence is calibrated on these episodes, beside each fold's decoder (`PresenceCalibration`); nil for not.
    public var fitsPresence: Bool?
    /// Episodes to draw for each fold and backbone.
    public var pictures = 12

    /// An evaluation of the novel classes of fold 0 with the default protocol.
    public init(dataset: DatasetChoice, backbones: [BackboneChoice], checkpoints: [String] = []) {
        self.dataset = dataset
        self.backbones = backbones
        self.checkpoints = checkpoints
    }

    /// Checks the plan before any work begins.
    ///
    /// - Throws: `RunError`, and `DatasetError` for a dataset that cannot be opened.
    public func validate() throws {
        guard folds.allSatisfy({ $0 >= 0 }), Set(folds).count == folds.count, !folds.isEmpty else {
            throw RunError.setting("fold", found: "\(folds)", expected: "different numbers from 0 on")
        }
        for (name, value, least) in [
            ("episodes", evaluation.episodes, 1), ("repeats", evaluation.repeats, 1), ("shots", shots, 1),
            ("ways", ways ?? 1, 1), ("pictures", pictures, 0),
        ] where value < least {
            throw RunError.setting(name, found: "\(value)", expected: "\(least) or more")
        }
        guard heldOut == 0 || (heldOut > 0 && classes == .base) else {
            throw RunError.setting("held-out", found: "\(heldOut)", expected: "a number of classes beside --classes base")
        }
        guard (32...2048).contains(imageSize) else {
            throw RunError.setting("image-size", found: "\(imageSize)", expected: "32...2048")
        }
        if let absent, !(absent.share > 0 && absent.share <= 0.99) {
            throw RunError.setting("absent-share", found: "\(absent.share)", expected: "more than 0, at most 0.99")
        }
        if absent != nil, let ways, ways > 1 {
            throw RunError.conflict(
                "found --absent-share beside --ways \(ways), which asks about absent classes already; leave one out.")
        }
        try validateWords()
        for (name, value) in evaluation.datasetOptions {
            guard let given = dataset.options?[name], given != value else { continue }
            throw RunError.conflict(
                "found the dataset option \(name)=\(given), but protocol \(evaluation.id) sets \(name)=\(value), which decides what is true; leave the option out or evaluate by another protocol."
            )
        }
        guard !checkpoints.isEmpty || !baselines.isEmpty || !(learners ?? []).isEmpty || givesNames else {
            throw RunError.conflict("found no --checkpoint, no --learner and no --baselines, so nothing to score.")
        }
        if fitsPresence == true, checkpoints.isEmpty || absent == nil || classes != .base {
            throw RunError.conflict(
                "presence is fitted to a decoder on base classes, with queries that do not show them; give --fit-presence beside --checkpoint, --classes base and --absent-share."
            )
        }
        if fitsPresence == true, Set(checkpoints).count < checkpoints.count {
            throw RunError.conflict(
                "found one decoder for several folds, whose presence would be fitted twice; give --fit-presence with one fold.")
        }
        if fused == true, checkpoints.isEmpty || backbones.count < 2 {
            throw RunError.conflict(
                "found \(backbones.count) backbones and \(checkpoints.count) checkpoints to fuse; give two backbones or more and a decoder, or leave --fused out."
            )
        }
        _ = try Self.checkpoints(checkpoints, folds: folds)
        for fold in folds { _ = try learners(ofFold: fold) }
        do {
            try data.check(folds: folds)
        } catch let error as DatasetError where !evaluation.datasetOptions.isEmpty && dataset.opens {
            let options = evaluation.datasetOptions.map { "\($0)=\($1)" }.sorted().joined(separator: ", ")
            throw RunError.conflict("protocol \(evaluation.id) sets \(options), which the dataset does not take: \(error)")
        }
    }

    /// The dataset with the options that the protocol sets.
    var data: DatasetChoice {
        var data = dataset
        let options = (dataset.options ?? [:]).merging(evaluation.datasetOptions) { _, own in own }
        data.options = options.isEmpty ? nil : options
        return data
    }

    /// One decoder a fold from one path with `{fold}` in it, from one path a fold, or none.
    ///
    /// - Throws: `RunError.conflict(_:)` for another number of paths.
    public static func checkpoints(_ paths: [String], folds: [Int]) throws(RunError) -> [String] {
        if paths.isEmpty { return [] }
        if paths.count == 1, paths[0].contains("{fold}") {
            return folds.map { paths[0].replacing("{fold}", with: String($0)) }
        }
        guard paths.count == folds.count else {
            throw .conflict(
                "found \(paths.count) checkpoints for \(folds.count) folds; give one for each, or a path with {fold}: a decoder saw the classes of all folds but its own."
            )
        }
        return paths
    }

    /// What ``baselines(_:)`` reads.
    public static var baselineNames: String {
        PriorKind.names.joined(separator: ", ") + ", each also with +affinity"
    }

    /// Baselines from a list with commas between; "none" for none.
    ///
    /// - Throws: `RunError.setting(_:found:expected:)` for an unknown name.
    public static func baselines(_ list: String) throws(RunError) -> [PriorKind] {
        if list == "none" { return [] }
        var kinds: [PriorKind] = []
        for name in list.split(separator: ",") {
            guard let kind = PriorKind(text: String(name)), (try? kind.prior()) != nil else {
                throw .setting("baselines", found: String(name), expected: baselineNames)
            }
            kinds.append(kind)
        }
        return kinds
    }
}

extension DatasetChoice {
    /// Whether the dataset can be opened as it stands.
    fileprivate var opens: Bool { (try? folded()) != nil }
}
