internal import Foundation
public import TensorCore

/// All that decides a decoder's training beside its data: the model and how it is trained, as one JSON file.
public struct TrainingSettings: Codable, Sendable, Hashable {
    /// The model.
    public var model = DiffUpConfiguration()
    /// Its training.
    public var training = TrainingConfiguration()

    /// The defaults.
    public init() {}

    /// Settings by name: "default", and "paper" for the text as it is written.
    public static let presets = Registry<TrainingSettings>("preset", ["default": TrainingSettings(), "paper": paper])

    /// The settings of one of ``presets``.
    ///
    /// - Throws: `UnknownName`.
    public init(preset name: String) throws(UnknownName) { self = try Self.presets.member(named: name) }

    /// ``DiffUpConfiguration/paper`` with ``TrainingConfiguration/paper``.
    public static var paper: TrainingSettings {
        var settings = TrainingSettings()
        settings.model = .paper
        settings.training = .paper
        return settings
    }

    /// Changes settings by a file's text, then by single keys.
    ///
    /// - Parameters:
    ///   - json: any part of the settings, of any version; nil for none.
    ///   - file: names it in messages.
    ///   - assignments: `key.path=value`, the value being JSON or a bare text.
    /// - Throws: `ConfigurationError` for an unknown key, a value of another type or out of range.
    public func changed(byJSON json: String?, file: String, assignments: [String]) throws(ConfigurationError) -> TrainingSettings
    {
        var settings = self
        if let json { settings = try settings.changed(by: ConfigurationTree(json: json, source: file), source: file) }
        for assignment in assignments {
            let source = "--set \(assignment)"
            settings = try settings.changed(by: ConfigurationTree(assignment: assignment), source: source)
        }
        try settings.validate(source: json == nil ? "--set" : file)
        return settings
    }

    private func changed(by tree: ConfigurationTree, source: String) throws(ConfigurationError) -> TrainingSettings {
        guard case .object(let fields) = tree else {
            throw ConfigurationError(source: source, key: "", reason: "expected an object of model and training")
        }
        var settings = self
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            guard key == "model" || key == "training" else {
                throw ConfigurationError(source: source, key: key, reason: "found an unknown key, expected model or training")
            }
            do throws(ConfigurationError) {
                if key == "model" {
                    settings.model = try DiffUpConfiguration(value, source: source, base: model)
                } else {
                    settings.training = try TrainingConfiguration(value, source: source, base: training)
                }
            } catch {
                throw error.under(key)
            }
        }
        return settings
    }

    /// Refuses values that no training can be made from.
    ///
    /// - Throws: `ConfigurationError` with the key path, the value found and what was expected.
    public func validate(source: String) throws(ConfigurationError) {
        do throws(ConfigurationError) { try model.validate(source: source) } catch { throw error.under("model") }
        do throws(ConfigurationError) { try training.validate(source: source) } catch { throw error.under("training") }
    }

    /// The settings as indented JSON with their versions, as a file may hold them.
    public func json() throws -> String {
        let tree = ConfigurationTree.object([
            "model": try ConfigurationTree(json: model.json(), source: "model"),
            "training": try ConfigurationTree(json: training.json(), source: "training"),
        ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(tree), as: UTF8.self)
    }
}
