public import Datasets
internal import Foundation
public import TensorCore

/// The first stage: a prompt bank for every class.
public struct PromptStage: Sendable {
    /// The numbers.
    public struct Settings: VersionedConfiguration, Hashable {
        public static let version = 1

        /// A language model's endpoint.
        public struct Chat: Hashable, Codable, Sendable {
            /// How freely it answers; nil leaves that to the server.
            @NullableKey public var temperature: Double?
            /// Seconds for one answer.
            public var timeout = 120.0
            /// How often an answer is asked for.
            public var attempts = 4
        }

        /// The bank.
        public var bank = PromptBankBuilder.Settings()
        /// Whether lambda is measured for every class (``PromptBank/calibratedThreshold(of:percentile:)``), not taken from ``bank``.
        public var calibrates = true
        /// The percentile that it is set to.
        public var percentile = 0.8
        /// What the order of the grammar is drawn from.
        public var grammarSeed = 0
        /// Candidates of another order of the grammar, by which coverage is measured.
        public var heldOut = 64
        /// A language model's endpoint.
        public var chat = Chat()

        /// The defaults.
        public init() {}

        public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

        public static var ranges: ConfigurationRanges {
            let own: ConfigurationRanges = [
                "percentile": .real(0.0...1.0), "grammarSeed": .whole(0...Int(UInt32.max)), "heldOut": .whole(0...100_000),
                "chat.temperature": .real(0.0...10.0), "chat.timeout": .real(above: 0, upTo: 86400),
                "chat.attempts": .whole(1...1000),
            ]
            return own.with(PromptBankBuilder.Settings.ranges, under: "bank")
        }
    }

    /// What a class got.
    public struct ClassReport: Codable, Hashable, Sendable {
        /// The class.
        public var item: FewShotClass
        /// lambda.
        public var lambda: Double
        /// Accepted prompts.
        public var accepted: Int
        /// Refused ones.
        public var refused: Int
        /// Why the bank was closed.
        public var ending: PromptBankBuilder.Ending
        /// How diverse it is beside prompts of the class name alone.
        public var diversity: DiversityReport
    }

    /// All that decides the stage's results, as its manifest has it.
    struct Record: Codable, Equatable {
        var proposer: String
        var encoder: String
        var settings: Settings
        var classes: [FewShotClass]
    }

    /// The numbers.
    public var settings: Settings
    private let proposer: @Sendable () throws -> any PromptProposer
    private let embedding: @Sendable () throws -> any PromptEmbedding

    /// A stage with parts as a command names them.
    public init(_ proposer: ProposerChoice = .grammar, encoder: PromptEncoderChoice = .hashed, settings: Settings = Settings()) {
        self.settings = settings
        self.proposer = { try proposer.proposer(settings) }
        embedding = { try encoder.embedding() }
    }

    /// A stage with any proposer and embedding; every class begins with the proposer as it is here.
    public init(_ proposer: any PromptProposer, embedding: any PromptEmbedding, settings: Settings = Settings()) {
        self.settings = settings
        self.proposer = { proposer }
        self.embedding = { embedding }
    }

    /// Fills the banks: `prompts/<class>.json`, `diversity.json`, `report.html`. What is there is kept.
    ///
    /// - Parameters:
    ///   - force: whether banks of other settings may be replaced.
    ///   - arguments: the words of a command line, for the manifest.
    /// - Throws: what proposer, encoder and files throw; `CancellationError`.
    public func run(
        in work: SynthesisFolder, force: Bool = false, arguments: [String] = [], observe: RunObserver = { _ in }
    ) async throws -> [ClassReport] {
        let start = Date()
        let embedding = try embedding()
        let identity = try proposer().identity
        let record = Record(
            proposer: identity, encoder: embedding.identity, settings: settings, classes: work.plan.classes)
        let folder = try work.stage("prompts", record, command: "synth prompts", force: force)
        folder.remarks.forEach { observe(.note($0)) }
        let manifest = RunManifest(command: "synth prompts", arguments: arguments, settings: record, started: start)
        return try await folder.run(manifest, since: start) { remarks in
            var reports: [ClassReport] = []
            var banks: [PromptBank] = []
            for item in work.plan.classes {
                let (bank, report) = try await fill(item, folder.file("\(item.id).json"), embedding, observe)
                if report.ending != .full {
                    remarks.append(
                        "\(item.name): \(report.accepted) of \(settings.bank.count) prompts, the bank ended with \"\(report.ending.rawValue)\""
                    )
                }
                banks.append(bank)
                reports.append(report)
            }
            remarks.forEach { observe(.note($0)) }
            try TextFile.writeJSON(reports, to: folder.file("diversity.json"))
            let page = PromptPage(banks: banks, reports: reports, proposer: identity, encoder: embedding.identity)
            try TextFile.write(page.html(arguments, remarks), to: folder.file("report.html"))
            return reports
        }
    }

    private func fill(
        _ item: FewShotClass, _ file: URL, _ embedding: any PromptEmbedding, _ observe: RunObserver
    ) async throws -> (PromptBank, ClassReport) {
        var numbers = settings.bank
        if settings.calibrates,
            let lambda = try PromptBank.calibratedThreshold(
                className: item.name, embedding: embedding, percentile: settings.percentile)
        {
            numbers.lambda = lambda
        }
        let builder = PromptBankBuilder(embedding, settings: numbers)
        var bank = builder.bank(className: item.name)
        if FileManager.default.fileExists(atPath: file.path) { bank = try PromptBank(contentsOf: file) }
        var source = try proposer()
        let ending = try await builder.fill(&bank, from: &source, savingTo: file) { progress in
            observe(.progress(RunProgress("prompts for \(item.name)", progress)))
        }
        try bank.save(to: file)
        var other = try PromptGrammar(seed: UInt32(clamping: settings.grammarSeed) &+ 1)
        let heldOut = other.proposals(PromptRequest(className: item.name, count: settings.heldOut))
        let report = ClassReport(
            item: item, lambda: bank.threshold, accepted: bank.entries.count, refused: bank.refusals.count, ending: ending,
            diversity: try DiversityReport(bank, embedding: embedding, heldOut: heldOut))
        return (bank, report)
    }
}

extension SynthesisFolder {
    /// The bank of a class.
    ///
    /// - Throws: `RunError` where there is none yet, `DatasetError` for a file that is none.
    public func bank(of item: FewShotClass) throws -> PromptBank {
        let place = file("prompts/\(item.id).json")
        guard FileManager.default.fileExists(atPath: place.path) else {
            throw RunError.file(
                place.path, found: "no prompts for \(item.name)", expected: "its bank", advice: "run `fss synth prompts` first")
        }
        return try PromptBank(contentsOf: place)
    }
}
