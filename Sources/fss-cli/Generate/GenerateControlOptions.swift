internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// What the ControlNets of `fss generate` are shown.
struct GenerateControlOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A ControlNet, in place of those in the model's folder: a folder or a file; may be repeated.", valueName: "path"))
    var controlnet: [String] = []

    @Option(help: ArgumentHelp("What a ControlNet is shown, once for each of them.", valueName: "picture"))
    var control: [String] = []

    @Option(help: "What a ControlNet's additions are multiplied by: once, or once for each; 1 by default.")
    var controlStrength: [Float] = []

    @Option(
        help: ArgumentHelp(
            "The part of the steps that a ControlNet acts in: once, or once for each; 0:1 by default.", valueName: "start:end"))
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
