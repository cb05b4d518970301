internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import PseudoLabel

/// `fss synth masks`.
struct SynthMasks: RankedCommand {
    static let configuration = CommandConfiguration(
        commandName: "masks",
        abstract: "Label the images: first labels, filtered, relabelled, refined.",
        discussion: """
            First labels are those of a network that learned the novel classes from their supports (fss gfss train novel), or \
            DiffUp's, which is shown the supports. Regions that do not look like their class are freed (APF), free pixels named \
            again (APR), outlines refined (SABR). masks/ has the labels after every stage, white in sheet.png where a pixel has \
            none; where the truth is known the page says how good they are.

            Examples:
              fss synth masks synth0 --model runs/novel0/model.safetensors
              fss synth masks synth0 --model runs/novel0/model.safetensors --sam sam_vit_b.pth \\
                  --set enhancement.beta=0.3 --set refinement.bandWidth=8
              fss synth masks synth0 --model runs/novel0/model.safetensors --labeller diffup
            """)

    /// The labellers by name.
    enum Labeller: String, ExpressibleByArgument, CaseIterable {
        case network
        case diffup
    }

    @OptionGroup var synthesis: SynthesisOptions

    @Option(
        help: ArgumentHelp(
            "The network with base and novel classes, model.safetensors of fss gfss train novel.", valueName: "file"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Ids of the images that are supports, each with its class, one a line; in place of the folder's.", valueName: "file"))
    var supports: String?

    @Option(help: "Whose labels are the first.")
    var labeller: Labeller = .network

    @OptionGroup var refiner: RefinerOptions

    @OptionGroup var settings: SettingsOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if refiner.diffUp.isNamed && labeller != .diffup && refiner.name != .diffup {
            throw ValidationError("--backbone, --weights and --checkpoint belong to --labeller diffup or --refiner diffup.")
        }
    }

    func run() async throws {
        let numbers = try settings.settings(from: PseudoLabelSettings())
        if settings.printConfig { return print(try numbers.printed()) }
        guard let model else { throw ValidationError("masks need --model, the network with base and novel classes.") }
        let compute = Session.ranks.settled(common.compute)
        try compute.apply()
        try common.console.introduce(Session.ranks)
        let work = try SynthesisFolder(contentsOf: synthesis.folder)
        let first = labeller == .network ? LabellerChoice.network : .diffUp(try refiner.diffUp.choice)
        var stage = MaskStage(network: model, labeller: first, refiner: try refiner.choice, settings: numbers)
        stage.supports = supports
        let bar = ProgressBar(on: common.console)
        let result = try await synthesis.resumably {
            try await stage.run(
                in: work, compute: compute, force: synthesis.force, arguments: FSS.arguments, ranks: Session.ranks,
                observe: bar.show)
        }
        bar.finish()
        if !result.quality.isEmpty {
            var table = TextTable(["stage"] + PseudoLabelQuality.Summary.titles)
            for stage in PseudoLabelStage.allCases {
                guard let quality = result.quality[stage] else { continue }
                table.add([stage.rawValue] + quality.all.map(\.percent))
            }
            common.console.table(table)
        }
        common.console.line("\(result.images) images, \(result.made) of them labelled now")
        common.console.line("Page: \(work.file("masks/report.html").path)")
        common.console.line("Next: fss synth set \(synthesis.folder)")
        try common.console.emit(result)
    }
}
