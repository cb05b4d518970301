internal import ArgumentParser
internal import Foundation
internal import SegModels
internal import TensorCore

/// A backbone as the command line names it: `name=weights`, or weights that describe themselves.
struct BackboneChoice: Codable, Hashable {
    /// A built-in name or the path of a description; nil where the weights say it.
    var name: String?
    /// A safetensors file, or for a built-in name its folder.
    var weights: String

    /// Reads `name=weights` or `weights`.
    init(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        self.init(name: parts.count == 2 ? parts[0] : nil, weights: parts.last ?? text)
    }

    init(name: String?, weights: String) {
        self.name = name
        self.weights = URL(fileURLWithPath: weights).standardizedFileURL.path
    }

    /// Loads the network.
    func load(precision: Precision) throws -> LoadedBackbone {
        let url = URL(fileURLWithPath: weights)
        guard FileManager.default.fileExists(atPath: weights) else {
            throw CommandError(
                "\(weights): found no such file, expected the weights of a backbone; check --backbone and --weights")
        }
        guard let name, name.hasSuffix(".json") else {
            return try Backbones.load(name: name, weights: url, precision: precision)
        }
        let file = URL(fileURLWithPath: name)
        let json: Data
        do {
            json = try Data(contentsOf: file)
        } catch {
            throw CommandError("\(file.path): cannot be read (\(error.localizedDescription)); expected a backbone description")
        }
        let description = try BackboneDescription(json: json, source: file.path)
        return try Backbones.load(description: description, weights: url, precision: precision)
    }
}

/// The options that name one backbone.
struct BackboneOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The backbone: a built-in name (see `fss weights list`), a description (.json), or name=weights.",
            valueName: "name"))
    var backbone: String?

    @Option(help: ArgumentHelp("Its weights, a safetensors file.", valueName: "file"))
    var weights: String?

    /// What was asked for; nil when neither option is there.
    var choice: BackboneChoice? {
        get throws {
            switch (backbone, weights) {
            case (nil, nil): return nil
            case (let name, let weights?): return BackboneChoice(name: name, weights: weights)
            case (let text?, nil):
                let choice = BackboneChoice(text)
                guard choice.name != nil || text.hasSuffix(".safetensors") else {
                    throw ValidationError("--backbone \(text) has no weights; add --weights <file>.")
                }
                return choice
            }
        }
    }
}
