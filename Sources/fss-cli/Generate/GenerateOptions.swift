internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// The model of `fss generate`.
struct GenerateModelOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The model: a folder of diffusers, or one file.", valueName: "path"))
    var model: String?

    @Option(help: ArgumentHelp("A LoRA file to merge, with a strength after a colon if not 1; may be repeated.", valueName: "file[:strength]"))
    var lora: [String] = []

    @Option(help: ArgumentHelp("CLIP's vocabulary, where it is not in the model's folder.", valueName: "path"))
    var vocabulary: String?

    var deciding: [(name: String, isGiven: Bool)] {
        [("--model", model != nil), ("--lora", !lora.isEmpty), ("--vocabulary", vocabulary != nil)]
    }

    func change(_ settings: inout PictureSettings) throws {
        func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        settings.model = absolute(model ?? "")
        settings.vocabulary = vocabulary.map(absolute)
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

    @Option(help: ArgumentHelp("Decode in tiles of this side; by default where one piece takes more than 2 GiB.", valueName: "pixels"))
    var tile: Int?

    @Flag(help: "Also keep small pictures of the running latents.")
    var previews = false

    var deciding: [(name: String, isGiven: Bool)] {
        [
            ("--negative", negative != nil), ("--images", images != nil), ("--size", size != nil), ("--steps", steps != nil),
            ("--guidance", guidance != nil), ("--scheduler", scheduler != nil), ("--eta", eta != nil), ("--image", image != nil),
            ("--strength", strength != nil), ("--tile", tile != nil), ("--previews", previews),
        ]
    }

    func validate() throws {
        if strength != nil && image == nil { throw ValidationError("--strength belongs to --image.") }
    }

    func change(_ settings: inout PictureSettings) throws {
        settings.negativePrompt = negative ?? settings.negativePrompt
        settings.images = images ?? settings.images
        settings.steps = steps ?? settings.steps
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

/// What the ControlNets of `fss generate` are shown.
struct GenerateControlOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A ControlNet: a folder or a file; may be repeated.", valueName: "path"))
    var controlnet: [String] = []

    @Option(help: ArgumentHelp("What a ControlNet is shown, once for each of them.", valueName: "picture"))
    var control: [String] = []

    @Option(help: "What a ControlNet's additions are multiplied by: once, or once for each; 1 by default.")
    var controlStrength: [Float] = []

    @Option(help: ArgumentHelp("The part of the steps that a ControlNet acts in: once, or once for each; 0:1 by default.", valueName: "start:end"))
    var controlSpan: [String] = []

    @Flag(help: "ControlNets act on the prompt only, and less on finer features (guess mode).")
    var guess = false

    var deciding: [(name: String, isGiven: Bool)] {
        [
            ("--controlnet", !controlnet.isEmpty), ("--control", !control.isEmpty),
            ("--control-strength", !controlStrength.isEmpty), ("--control-span", !controlSpan.isEmpty), ("--guess", guess),
        ]
    }

    func validate() throws {
        for (name, count) in [("--control-strength", controlStrength.count), ("--control-span", controlSpan.count)]
        where count > 1 && count != control.count {
            throw ValidationError("\(name) is given \(count) times for \(control.count) pictures.")
        }
        if control.isEmpty && (guess || !controlStrength.isEmpty || !controlSpan.isEmpty) {
            throw ValidationError("--control-strength, --control-span and --guess belong to --control.")
        }
    }

    func change(_ settings: inout PictureSettings) throws {
        settings.controlNets = controlnet.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        settings.isGuessing = guess
        settings.controls = try control.enumerated().map { index, path in
            var control = PictureSettings.Control(picture: try FileRecord(URL(fileURLWithPath: path)))
            if !controlStrength.isEmpty { control.strength = controlStrength[min(index, controlStrength.count - 1)] }
            guard !controlSpan.isEmpty else { return control }
            let text = controlSpan[min(index, controlSpan.count - 1)]
            let ends = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
            guard ends.count == 2, let start = ends[0], let end = ends[1] else {
                throw ValidationError("--control-span is \(text), expected two shares of the steps, as 0:0.5.")
            }
            (control.start, control.end) = (start, end)
            return control
        }
    }
}
