public import Datasets
internal import Foundation
internal import TensorCore

/// An image of the second stage.
public struct StagedImage: Codable, Hashable, Sendable {
    /// What its files are called in every later stage.
    public var name: String
    /// The class that it was made for.
    public var item: FewShotClass
    /// What it shows, in words.
    public var prompt: String
    /// What it was drawn from.
    public var seed: UInt64
    /// Its file in the working folder.
    public var file: String
    /// The digest of the file.
    public var sha256: String
    /// The file of its true labels in the working folder, where the generator knows them.
    public var truth: String?
}

/// The second stage: images from the banks' prompts.
public struct ImageStage: Sendable {
    /// What was made.
    public struct Report: Codable, Hashable, Sendable {
        /// All images, class by class.
        public var images: [StagedImage]
        /// How many were made now.
        public var made: Int
        /// Those that could not be made.
        public var problems: [ImageSynthesis.Problem]
    }

    /// All that decides the stage's results, as its manifest has it.
    struct Record: Codable, Equatable {
        var generator: String
        var settings: GenerationSettings
        var banks: [String]
    }

    static let listName = "images/images.json"

    /// The numbers.
    public var settings: GenerationSettings
    private let generator: @Sendable (SynthesisPlan) throws -> any ImageGenerator

    /// A stage with a generator as a command names it.
    public init(_ generator: GeneratorChoice, settings: GenerationSettings = GenerationSettings()) {
        self.settings = settings
        self.generator = { try generator.generator($0, settings) }
    }

    /// A stage with any generator.
    public init(_ generator: any ImageGenerator, settings: GenerationSettings = GenerationSettings()) {
        self.settings = settings
        self.generator = { _ in generator }
    }

    /// Makes the images: `images/images.json`, a sheet a class, `report.html`. Images that are there are kept.
    ///
    /// - Parameters:
    ///   - force: whether results of other settings may be replaced; images in the cache stay in any case.
    ///   - arguments: the words of a command line, for the manifest.
    ///   - ranks: the processes that share the images; all of them make the same call and see the folder.
    /// - Throws: what the generator and files throw; ``GenerationError`` where too many images in a row could not be made;
    ///   `CancellationError`.
    public func run(
        in work: SynthesisFolder, force: Bool = false, arguments: [String] = [], ranks: RunRanks = .alone,
        observe: @escaping RunObserver = { _ in }
    ) async throws -> Report {
        let start = Date()
        let source = try generator(work.plan)
        let banks = try work.plan.classes.map { (item: $0, bank: try work.bank(of: $0)) }
        let record = Record(
            generator: source.identity, settings: settings,
            banks: banks.map { contentDigest([$0.bank.className] + $0.bank.prompts) })
        let folder = try RunFolder.taken(by: ranks) {
            try work.stage("images", record, command: "synth images", force: force)
        }
        folder.remarks.forEach { observe(.note($0)) }
        if ranks.isFirst { work.cache.clean() }
        try ranks.communicator.barrier()
        let manifest = RunManifest(command: "synth images", arguments: arguments, settings: record, started: start)
        try ranks.requireSame(manifest)
        let found: Report? = try await folder.run(manifest, since: start) { remarks in
            let synthesis = ImageSynthesis(
                source, cache: work.cache, imagesPerPrompt: settings.imagesPerPrompt, seed: UInt64(settings.seed),
                patience: settings.patience)
            let made = try await synthesis.fill(banks.map(\.bank), ranks, observe)
            guard ranks.isFirst else { return nil }
            var report = Report(images: [], made: made, problems: [])
            var sheets: [SectionPage.Section] = []
            for (item, bank) in banks {
                let result = try await synthesis.run(bank) { progress in
                    observe(.progress(RunProgress("images of \(item.name)", progress)))
                }
                report.made += result.made
                report.problems += result.problems
                remarks += result.remarks
                remarks += result.problems.map { "\(item.name), \"\($0.prompt)\": \($0.reason)" }
                report.images += try result.images.map { try staged($0, item, source, work) }
                guard !result.images.isEmpty else { continue }
                let sheet = try ImageSynthesis.sheet(result, title: item.name)
                try ImageFile.save(sheet, to: folder.file("sheet-\(item.id).png"))
                sheets.append(SectionPage.Section(item.name, [.picture(sheet, description: "the first images of \(item.name)")]))
            }
            remarks.forEach { observe(.note($0)) }
            let origin = ReportOrigin(
                facts: [ReportFact("generator", source.identity)], arguments: arguments)
            let page = SectionPage(
                title: "Synthetic images", subtitle: "\(report.images.count) images of \(banks.count) classes", sections: sheets,
                remarks: remarks, origin: origin)
            try TextFile.write(page.html(), to: folder.file("report.html"))
            // The list comes last: a stage that follows finds all or nothing.
            try TextFile.writeJSON(report.images, to: work.file(Self.listName))
            return report
        }
        return try ranks.fromFirst(found)
    }

    /// An image with its truth, whose file is written beside.
    private func staged(
        _ image: SyntheticImage, _ item: FewShotClass, _ source: any ImageGenerator, _ work: SynthesisFolder
    ) throws -> StagedImage {
        let file = URL(fileURLWithPath: image.file)
        let name = "\(item.id)-\(image.index)"
        var truthName: String?
        if let truth = try source.truth(of: image.request) {
            let place = "images/truth/\(name).png"
            truthName = place
            try Folder.create(work.file("images/truth"))
            try LabelMap(indices: truth, file: place).save(to: work.file(place))
        }
        return StagedImage(
            name: name, item: item, prompt: image.prompt, seed: image.seed, file: work.relative(file),
            sha256: try FileRecord(file).sha256, truth: truthName)
    }
}

extension SynthesisFolder {
    /// The path of a file in the working folder, from there.
    func relative(_ file: URL) -> String {
        let (path, root) = (file.standardizedFileURL.path, url.path + "/")
        return path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path
    }

    /// The images of the second stage.
    ///
    /// - Throws: `RunError` where there are none yet, and for a list that is damaged.
    public func images() throws(RunError) -> [StagedImage] {
        let place = file(ImageStage.listName)
        let (expected, advice) = ("a list of images", "run `fss synth images` first")
        let images = try RunJSON.read([StagedImage].self, from: place, expected: expected, advice: advice)
        if images.isEmpty { throw .file(place.path, found: "no image", expected: expected, advice: advice) }
        return images
    }
}
