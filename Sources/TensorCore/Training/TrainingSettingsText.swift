internal import Foundation

/// The settings of a run as JSON in its state, and what differs between two of them.
enum TrainingSettingsText {
    private struct Both: Encodable {
        var engine: TrainingEngine.Settings
        var learner: any Encodable

        private enum Key: CodingKey { case engine, learner }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(engine, forKey: .engine)
            try container.encode(learner, forKey: .learner)
        }
    }

    /// Sorted JSON.
    static func text(engine: TrainingEngine.Settings, learner: any Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Both(engine: engine, learner: learner)), as: UTF8.self)
    }

    /// Compares key by key.
    static func compare(_ stored: String, with expected: String, file: String) throws {
        if stored == expected { return }
        if let excess = JSONGuard.settings.excess(in: Data(stored.utf8)) {
            throw TrainingEngineError.noState(file: file, reason: "its settings cannot be read: \(excess)")
        }
        guard let found = try? JSONSerialization.jsonObject(with: Data(stored.utf8)) as? [String: Any],
            let wanted = try JSONSerialization.jsonObject(with: Data(expected.utf8)) as? [String: Any]
        else { throw TrainingEngineError.noState(file: file, reason: "its settings are no JSON object") }
        let (old, new) = (flat(found), flat(wanted))
        // A key that has no value is as good as none: states that are older than the key.
        for key in Set(old.keys).union(new.keys).sorted() where old[key] ?? "null" != new[key] ?? "null" {
            throw TrainingEngineError.otherSettings(
                file: file, field: key, found: old[key] ?? "absent", expected: new[key] ?? "absent")
        }
    }

    /// Dotted key paths with their values as JSON.
    private static func flat(_ value: Any?, at path: String = "") -> [String: String] {
        if let object = value as? [String: Any] {
            return object.reduce(into: [:]) { result, field in
                result.merge(flat(field.value, at: path.isEmpty ? field.key : path + "." + field.key)) { first, _ in first }
            }
        }
        let form: JSONSerialization.WritingOptions = [.fragmentsAllowed, .sortedKeys]
        guard let value, let data = try? JSONSerialization.data(withJSONObject: value, options: form) else {
            return [path: "null"]
        }
        return [path: String(decoding: data, as: UTF8.self)]
    }
}
