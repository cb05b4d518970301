internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// `fss generate`.
struct Generate: RankedCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make pictures from words with Stable Diffusion.",
        discussion: """
            The model is a folder of diffusers, or a single .safetensors or .ckpt file of Stable Diffusion 1, 2, 3 or 3.5, \
            with the vocabularies beside it. A file of version 2 does not say what its network answers (--prediction \
            v_prediction for 2.0 and 2.1, epsilon for their "base" versions); one of version 3 may come without text encoders \
            (--text-encoders). ControlNets of version 1.0 and 1.1 are folders or files, too, those of version 3 \
            folders; each is shown one picture, in their order.

            Examples:
              fss generate "a photo of a cat" --model sd15/ --out cats --images 4
              fss generate --prompts prompts.txt --model sd15.safetensors --steps 25 \\
                  --scheduler dpm-solver-karras
              fss generate "a tram" --model sd3.5_medium.safetensors --text-encoders encoders/
              fss generate "a red bus" --model sd15/ --image sketch.png --strength 0.6
              fss generate "a cow" --model sd15/ --controlnet scribble.pth \\
                  --control drawing.png --control-strength 0.8
              fss generate --resume cats

            --prompts names a text file with a prompt on every line, or a folder of text files of one prompt, whose names the \
            pictures take. Every picture has its own seed, --seed for the first, the next for the next; the same seed makes \
            the same picture as diffusers with a generator on the CPU.

            The folder has pictures/*.png, results.jsonl with a line for each picture as soon as it is done, and manifest.json. \
            A run that ended early goes on with --resume: pictures that are done stay.
            """)

    @Argument(help: ArgumentHelp("What the pictures show.", valueName: "prompt"))
    var prompt: [String] = []

    @Option(help: ArgumentHelp("Prompts: a text file, or a folder of them.", valueName: "path"))
    var prompts: String?

    @OptionGroup var model: GenerateModelOptions

    @OptionGroup var sampling: GenerateSamplingOptions

    @OptionGroup var control: GenerateControlOptions

    @OptionGroup var output: ResumableOutputOptions

    @Flag(help: "Say how many pictures it would make, how large, and how much memory that takes, and stop.")
    var dryRun = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        let words = [("a prompt", !prompt.isEmpty), ("--prompts", prompts != nil)]
        try output.refuse(words + model.deciding + sampling.deciding + control.deciding + common.deciding)
        guard output.resume == nil else { return }
        if prompt.isEmpty == (prompts == nil) { throw ValidationError("Give either prompts or --prompts.") }
        if model.model == nil { throw ValidationError("Missing expected argument '--model <path>'") }
    }

    func run() async throws {
        if dryRun && output.resume == nil { return try tell(PictureRun(settings())) }
        try Session.ranks.settled(common.compute).apply()
        try common.console.introduce(Session.ranks)
        let started = output.resume == nil ? try PictureRun(settings()) : nil
        let folder = try output.folder(PictureRun.command)
        let run = try started ?? PictureRun(resuming: folder, ranks: Session.ranks)
        if dryRun { return try tell(run) }
        let bar = ProgressBar(on: common.console)
        let compute = ComputeSettings(
            precision: run.settings.precision, seed: run.settings.seed, threads: common.threads, device: common.device)
        let results = try await output.resumably(PictureRun.command, in: folder) {
            try await run.run(in: folder, compute: compute, arguments: FSS.arguments, ranks: Session.ranks, observe: bar.show)
        }
        bar.finish()
        let failures = results.compactMap(\.error)
        common.console.line("\(results.count - failures.count) pictures in \(folder.url.path)")
        try common.console.emit(GenerateReport(folder: folder.url.path, results: results))
        if !failures.isEmpty { throw ExitCode(1) }
    }

    private func settings() throws -> PictureSettings {
        let list = try prompts.map { try NamedPrompt.found(URL(fileURLWithPath: $0)) } ?? NamedPrompt.numbered(prompt)
        var settings = PictureSettings(model: "", prompts: list)
        try model.change(&settings)
        try sampling.change(&settings)
        try control.change(&settings)
        (settings.seed, settings.precision) = (common.compute.seed, common.compute.precision)
        return settings
    }

    private func tell(_ run: PictureRun) throws {
        let plan = try run.plan(try run.model())
        let console = common.console
        func size(_ bytes: Int) -> String {
            let mebibytes = Double(bytes) / 1_048_576
            return mebibytes < 1024 ? "\(mebibytes.rounded(to: 1)) MiB" : "\((mebibytes / 1024).rounded(to: 2)) GiB"
        }
        console.line("\(plan.pictures) pictures of \(plan.width)x\(plan.height) pixels")
        console.line("\(plan.evaluations) evaluations of the network for each; how long one takes shows when the first is done")
        console.line("Memory: about \(size(plan.memoryBytes)), of which weights \(size(plan.weightBytes))")
        console.line("Disk: at most \(size(plan.diskBytes))")
        try console.emit(plan)
    }
}

/// What `generate --json` prints.
private struct GenerateReport: Encodable {
    var folder: String
    var results: [PictureRecord]
}
