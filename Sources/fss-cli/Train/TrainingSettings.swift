internal import ArgumentParser
internal import Diffusion
internal import Foundation

/// The configuration of `fss train decoder`: the model and its training, as one JSON file.
struct TrainingSettings: Codable, Equatable {
    var model = DiffUpConfiguration()
    var training = TrainingConfiguration()

    /// The defaults, changed by a file, then by single keys.
    ///
    /// - Parameters:
    ///   - file: JSON with any part of the configuration.
    ///   - assignments: `key.path=value`, the value being JSON or a bare text.
    static func read(file: String?, assignments: [String]) throws -> TrainingSettings {
        var value = try json(TrainingSettings())
        var changes: [JSONValue] = []
        if let file {
            let data: Data
            do {
                data = try Data(contentsOf: URL(fileURLWithPath: file))
            } catch {
                throw CommandError(
                    "\(file): cannot be read (\(error.localizedDescription)); expected a configuration as --print-config prints it"
                )
            }
            guard let content = try? JSONDecoder().decode(JSONValue.self, from: data) else {
                throw CommandError("\(file): found text that is no JSON, expected a configuration as --print-config prints it")
            }
            value = try value.merging(content, source: file)
            changes.append(content)
        }
        for assignment in assignments {
            let change = try parsed(assignment)
            value = try value.merging(change, source: "--set \(assignment)")
            changes.append(change)
        }
        return try checked(value, changes, source: file ?? "--set")
    }

    private static func json(_ settings: TrainingSettings) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(settings))
    }

    private static func parsed(_ assignment: String) throws -> JSONValue {
        let parts = assignment.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw ValidationError("--set \(assignment): expected key.path=value.") }
        let value = (try? JSONDecoder().decode(JSONValue.self, from: Data(parts[1].utf8))) ?? .text(parts[1])
        return .nested(parts[0].split(separator: ".").map(String.init), value)
    }

    private static func checked(_ value: JSONValue, _ changes: [JSONValue], source: String) throws -> TrainingSettings {
        var settings: TrainingSettings
        do {
            settings = try JSONDecoder().decode(TrainingSettings.self, from: JSONEncoder().encode(value))
        } catch let error as DecodingError {
            throw CommandError("\(source): \(error.explanation); see --print-config for the keys and their types")
        }
        // Widths and time scale follow from other settings, unless someone asks for a time scale of his own.
        let timeScale = settings.model.decoder.timeScale
        settings.model.matchDecoder()
        if changes.contains(where: { $0.has(["model", "decoder", "timeScale"]) }) {
            settings.model.decoder.timeScale = timeScale
        }
        try settings.model.validate(file: source)
        try settings.training.validate(source: source)
        return settings
    }
}

extension JSONValue {
    /// Whether there is a value under a chain of keys.
    fileprivate func has(_ keys: [String]) -> Bool {
        guard let first = keys.first else { return true }
        guard case .object(let fields) = self, let next = fields[first] else { return false }
        return next.has(Array(keys.dropFirst()))
    }
}

extension DecodingError {
    /// Where the value does not fit, and why.
    var explanation: String {
        func place(_ context: Context) -> String { context.codingPath.map(\.stringValue).joined(separator: ".") }
        switch self {
        case .keyNotFound(let key, let context): return "\(place(context)) lacks \(key.stringValue)"
        case .typeMismatch(let type, let context): return "\(place(context)) should be \(type)"
        case .valueNotFound(let type, let context): return "\(place(context)) should be \(type), found null"
        case .dataCorrupted(let context): return "\(place(context)): \(context.debugDescription)"
        @unknown default: return localizedDescription
        }
    }
}
