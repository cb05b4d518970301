internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// The model of `fss generate`.
struct GenerateModelOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The model: a folder of diffusers, or one file.", valueName: "path"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "A LoRA file to merge, with a strength after a colon if not 1; may be repeated.", valueName: "file[:strength]"))
    var lora: [String] = []

    @OptionGroup var files: DiffusionFileOptions

    var deciding: [(name: String, isGiven: Bool)] {
        [("--model", model != nil), ("--lora", !lora.isEmpty)] + files.deciding
    }

    func change(_ settings: inout PictureSettings) throws {
        func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        settings.model = absolute(model ?? "")
        settings.vocabulary = files.vocabularyPath
        settings.textEncoders = files.textEncodersPath
        settings.prediction = files.prediction
        settings.loras = lora.map { text in
            if let colon = text.lastIndex(of: ":"), let strength = Float(text[text.index(after: colon)...]) {
                return PictureSettings.Adapter(path: absolute(String(text[..<colon])), strength: strength)
            }
            return PictureSettings.Adapter(path: absolute(text))
        }
    }
}

/// How `fss generate` makes its pictures.
struct GenerateSamplingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What the pictures shall not show.", valueName: "prompt"))
    var negative: String?

    @Option(help: "Pictures of every prompt; 1 by default.")
    var images: Int?

    @Option(help: ArgumentHelp("Width and height in pixels; the model's own by default, or the picture's.", valueName: "WxH"))
    var size: String?

    @Option(help: "Steps; 20 by default.")
    var steps: Int?

    @Option(help: "How much the prompt counts against the negative one; 7.5 by default, up to 1 for not at all.")
    var guidance: Float?

    @Option(help: "The scheduler; the model's own by default.")
    var scheduler: SchedulerKind?

    @Option(help: "Noise that ddim adds at every step, 0 to 1; 0 by default.")
    var eta: Float?

    @Option(help: ArgumentHelp("A picture to begin from.", valueName: "picture"))
    var image: String?

    @Option(help: "How much of it is replaced, 0 to 1; 0.8 by default.")
    var strength: Float?

    @Option(
        help: ArgumentHelp("Decode in tiles of this side; by default where one piece takes more than 2 GiB.", valueName: "pixels")
    )
    var tile: Int?

    @Option(
        help: ArgumentHelp(
            "Memory that a picture may take; what needs more is refused before it starts. By default what is free.",
            valueName: "GiB"))
    var memory: Double?

    @Flag(help: "Also keep small pictures of the running latents.")
    var previews = false

    var deciding: [(name: String, isGiven: Bool)] {
        [
            ("--negative", negative != nil), ("--images", images != nil), ("--size", size != nil), ("--steps", steps != nil),
            ("--guidance", guidance != nil), ("--scheduler", scheduler != nil), ("--eta", eta != nil), ("--image", image != nil),
            ("--strength", strength != nil), ("--tile", tile != nil), ("--memory", memory != nil), ("--previews", previews),
        ]
    }

    func validate() throws {
        if strength != nil && image == nil { throw ValidationError("--strength belongs to --image.") }
        if let memory, !(0.001...1_000_000).contains(memory) {
            throw ValidationError("--memory is \(memory), expected GiB, as 24.")
        }
    }

    func change(_ settings: inout PictureSettings) throws {
        settings.negativePrompt = negative ?? settings.negativePrompt
        settings.images = images ?? settings.images
        settings.steps = steps ?? settings.steps
        settings.memory = memory.map { Int($0 * Double(1 << 30)) }
        settings.guidance = guidance ?? settings.guidance
        settings.eta = eta ?? settings.eta
        settings.strength = strength ?? settings.strength
        (settings.scheduler, settings.tile, settings.keepsPreviews) = (scheduler, tile, previews)
        settings.image = try image.map { try FileRecord(URL(fileURLWithPath: $0)) }
        guard let size else { return }
        let sides = size.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let width = sides[0], let height = sides[1] else {
            throw ValidationError("--size is \(size), expected width and height, as 512x768.")
        }
        (settings.width, settings.height) = (width, height)
    }
}
