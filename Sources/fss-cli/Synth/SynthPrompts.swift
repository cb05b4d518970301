internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import PseudoLabel

/// `fss synth prompts`.
struct SynthPrompts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prompts",
        abstract: "Fill a bank of prompts for every novel class, no two of which mean nearly the same.",
        discussion: """
            A candidate is accepted where its similarity with every accepted prompt is below lambda. Candidates come from an \
            offline grammar, a file, or any chat endpoint of OpenAI's form. Classes are the novel ones of a fold, or names alone.

            Examples:
              fss synth prompts synth0 --dataset pascal5i=data/pascal --convention pop \\
                  --fold 0 --set bank.count=100
              fss synth prompts pets --class "tabby cat" corgi --prompt-file prompts.txt
              fss synth prompts synth0 --dataset shapes5i --convention capl \\
                  --chat http://localhost:11434/v1 --chat-model llama3 \\
                  --text-encoder clip/model.safetensors --set percentile=0.5
            """)

    @OptionGroup var synthesis: SynthesisOptions

    @OptionGroup var dataset: DatasetOptions

    @OptionGroup var convention: ConventionOption

    @Option(help: "The fold whose classes are novel.")
    var fold = 0

    @Option(help: "Supports a novel class, which later stages compare with.")
    var shots = 1

    @Option(help: "What supports are drawn with; by default the convention's first seed.")
    var supportSeed: UInt64?

    @Option(
        help: ArgumentHelp(
            "Ids of the images that are supports, each with its class, one a line; in place of a draw.", valueName: "file"))
    var supports: String?

    @Option(
        name: .customLong("class"), parsing: .upToNextOption,
        help: ArgumentHelp("Names of classes, in place of those of a dataset.", valueName: "name"))
    var classNames: [String] = []

    @OptionGroup var proposer: ProposerOptions

    @Option(help: ArgumentHelp("CLIP's text tower; by default words are counted.", valueName: "file"))
    var textEncoder: String?

    @Option(help: ArgumentHelp("The text tower's vocabulary; by default it is looked for beside it.", valueName: "file"))
    var vocabulary: String?

    @OptionGroup var settings: SettingsOptions

    @OptionGroup var report: ReportOptions

    func validate() throws {
        try dataset.checkUse()
        if supports != nil && supportSeed != nil {
            throw ValidationError("--support-seed draws supports and --supports names them: give one of the two.")
        }
        if vocabulary != nil && textEncoder == nil { throw ValidationError("--vocabulary belongs to --text-encoder.") }
        guard !classNames.isEmpty else { return }
        let places = [("--dataset", dataset.dataset != nil), ("--fold", fold != 0), ("--shots", shots != 1)]
        let given =
            places + [("--support-seed", supportSeed != nil), ("--supports", supports != nil)] + convention.deciding
            + dataset.deciding
        if let name = given.first(where: \.1)?.0 {
            throw ValidationError("\(name) belongs to a dataset's classes, but --class names them.")
        }
    }

    func run() async throws {
        let numbers = try settings.settings(from: PromptStage.Settings())
        if settings.printConfig { return print(try numbers.printed()) }
        let work = try folder
        let encoder = textEncoder.map { PromptEncoderChoice.clip(weights: $0, vocabulary: vocabulary) } ?? .hashed
        let bar = ProgressBar(on: report.console)
        let stage = PromptStage(try proposer.choice, encoder: encoder, settings: numbers)
        let result = try await synthesis.resumably {
            try await stage.run(in: work, force: synthesis.force, arguments: FSS.arguments, observe: bar.show)
        }
        bar.finish()
        var table = TextTable(["class", "lambda", "prompts", "refused", "nearest", "of class names"])
        for item in result {
            let nearest = [item.diversity.bank, item.diversity.classNamePrompts].map { part in
                part.nearestNeighbour.map { $0.mean.rounded(to: 3) } ?? "-"
            }
            table.add([item.item.name, item.lambda.rounded(to: 3), "\(item.accepted)", "\(item.refused)"] + nearest)
        }
        report.console.table(table)
        report.console.line("Page: \(work.file("prompts/report.html").path)")
        report.console.line("Next: fss synth images \(synthesis.folder)")
        try report.console.emit(result)
    }

    private var folder: SynthesisFolder {
        get throws {
            if !classNames.isEmpty { return try SynthesisFolder(synthesis.folder, for: SynthesisPlan(classNames: classNames)) }
            if convention.convention == nil && dataset.dataset == nil { return try SynthesisFolder(contentsOf: synthesis.folder) }
            let source = SynthesisPlan.Source(
                dataset.choice, try convention.value(), fold: fold, shots: shots, supportSeed: supportSeed, supports: supports)
            return try SynthesisFolder(synthesis.folder, for: SynthesisPlan(source))
        }
    }
}

extension SynthesisOptions {
    /// Does a stage's work; one that is interrupted says how to go on.
    nonisolated(nonsending) func resumably<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch is CancellationError {
            throw Interrupted(advice: "What is done is kept. The same command goes on from there.")
        }
    }
}
