public import Datasets
internal import Foundation
internal import TensorCore

/// What a synthesis is for: the classes, and where their supports come from.
public struct SynthesisPlan: Codable, Hashable, Sendable {
    /// A fold of a dataset, whose novel classes are made.
    public struct Source: Codable, Hashable, Sendable {
        /// Where supports are from.
        public var dataset: DatasetChoice
        /// How base and novel classes are set up.
        public var convention: GFSSConvention
        /// The fold whose classes are novel.
        public var fold: Int
        /// Supports a class.
        public var shots: Int
        /// What they are drawn with.
        public var supportSeed: UInt64
        /// A file that names them (`SupportList`); nil to draw them.
        public var supports: String?

        /// Names a fold.
        ///
        /// - Parameters:
        ///   - supportSeed: nil for the convention's first.
        ///   - supports: a file in place of a draw.
        public init(
            _ dataset: DatasetChoice, _ convention: GFSSConvention, fold: Int, shots: Int = 1, supportSeed: UInt64? = nil,
            supports: String? = nil
        ) {
            (self.dataset, self.convention, self.fold, self.shots) = (dataset, convention, fold, shots)
            self.supportSeed = supportSeed ?? convention.seeds.first ?? 0
            self.supports = supports.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        }

        /// The supports: those of the file, else the ones that the view draws.
        ///
        /// - Throws: `DatasetError` for a file that cannot be read or does not fit the fold, and for too few images to draw from.
        func supportItems(of view: GFSSView) throws(DatasetError) -> [DatasetItem] {
            guard let supports else { return try view.supports(shots: shots, seed: supportSeed) }
            return try SupportList(contentsOf: URL(fileURLWithPath: supports)).supports(of: view, shots: shots)
        }
    }

    /// The version of the file.
    private static let currentVersion = 1

    private var version = Self.currentVersion
    /// The classes.
    public var classes: [FewShotClass]
    /// Where they are from; nil for classes that are names alone.
    public var source: Source?

    /// The novel classes of a fold.
    ///
    /// - Throws: what the dataset throws.
    public init(_ source: Source) throws {
        if source.shots < 1 { throw RunError.setting("shots", found: "\(source.shots)", expected: "1 or more") }
        try source.dataset.check(folds: [source.fold])
        classes = try source.dataset.generalized().gfss(source.convention, fold: source.fold).novelClasses
        self.source = source
    }

    /// Classes that are names alone, numbered from 1 on.
    ///
    /// - Throws: `RunError` for none, and for names that are empty or come twice.
    public init(classNames: [String]) throws(RunError) {
        guard !classNames.isEmpty, Set(classNames).count == classNames.count,
            classNames.allSatisfy({ $0.contains(where: \.isLetter) })
        else { throw .setting("class", found: "\(classNames)", expected: "different names, at least one") }
        classes = classNames.enumerated().map { FewShotClass(id: $0.offset + 1, name: $0.element) }
    }

    /// The fold that supports are from.
    ///
    /// - Throws: `RunError` for classes that are names alone.
    func requiredSource() throws(RunError) -> Source {
        if let source { return source }
        throw .conflict("the folder was begun with names of classes alone; begin one with --dataset, --convention and --fold.")
    }

    /// Reads a plan.
    ///
    /// - Throws: `RunError` for a file that is missing or is no plan.
    init(contentsOf file: URL) throws(RunError) {
        let expected = "a folder that `fss synth prompts` began"
        self = try RunJSON.read(from: file, expected: expected, advice: "check the folder")
        guard version == Self.currentVersion, !classes.isEmpty else {
            throw .file(
                file.path, found: classes.isEmpty ? "no class" : "version \(version)",
                expected: "version \(Self.currentVersion) with a class or more", advice: "begin another folder")
        }
    }
}
