internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import PseudoLabel

/// `fss synth set`.
struct SynthSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Join images and labels to a set that novel classes are learned from.",
        discussion: """
            Images that show too few pixels of their class are left out.

            Examples:
              fss synth set synth0
              fss synth set synth0 --stage relabelled --min-pixels 256 --force
            """)

    @OptionGroup var synthesis: SynthesisOptions

    @Option(help: "The stage whose labels are taken.")
    var stage: PseudoLabelStage = .refined

    @Option(help: "Images with fewer pixels of their class are left out.")
    var minPixels = 64

    @OptionGroup var report: ReportOptions

    func run() async throws {
        let work = try SynthesisFolder(contentsOf: synthesis.folder)
        let bar = ProgressBar(on: report.console)
        let set = try await synthesis.resumably {
            try await SetStage(stage, minimumPixels: minPixels).run(
                in: work, force: synthesis.force, arguments: FSS.arguments, observe: bar.show)
        }
        bar.finish()
        report.console.line("\(set.entries.count) images with labels: \(set.folder.path)")
        if let source = work.plan.source {
            let data = NextCommand.data(source.dataset, source.convention, fold: source.fold)
            let origin = source.supports.map { "--supports \($0)" } ?? "--support-seed \(source.supportSeed)"
            let supports = "--shots \(source.shots) \(origin)"
            report.console.line("Next: fss gfss train novel \(data) \(supports) --base <file> --synthetic \(set.folder.path)")
        }
        try report.console.emit(Summary(folder: set.folder.path, images: set.entries.count, digest: set.digest))
    }

    private struct Summary: Encodable {
        var folder: String
        var images: Int
        var digest: String
    }
}
