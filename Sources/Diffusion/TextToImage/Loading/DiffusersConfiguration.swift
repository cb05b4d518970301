internal import Foundation
internal import TensorCore

/// One of diffusers' `config.json` files. Every value is read or checked: what is not supported is refused by name.
struct DiffusersConfiguration {
    let path: String
    private var fields: [String: ConfigurationTree]

    init(_ url: URL) throws(TextToImageError) {
        path = url.path
        let data: Data
        do { data = try Data(contentsOf: url) } catch {
            throw .file(
                url.path, found: "no file that can be read", expected: "a configuration of diffusers",
                advice: "get the whole folder of the model")
        }
        // Python writes infinities, which JSON does not have.
        let text = String(decoding: data, as: UTF8.self).replacingOccurrences(of: ": -Infinity", with: ": null")
        let tree: ConfigurationTree
        do throws(ConfigurationError) { tree = try ConfigurationTree(json: text, source: url.path) } catch {
            throw .configuration(file: url.path, key: error.key, reason: error.reason)
        }
        guard case .object(let fields) = tree else {
            throw .configuration(file: url.path, key: "", reason: "found a plain value, expected an object")
        }
        self.fields = fields
    }

    /// A value, taken off what is left; nil where it is not there or null.
    private mutating func take(_ key: String) -> ConfigurationTree? {
        let value = fields.removeValue(forKey: key)
        return value == .null ? nil : value
    }

    func has(_ key: String) -> Bool { fields[key].map { $0 != .null } ?? false }

    /// Whether a key is there and says null.
    func isNull(_ key: String) -> Bool { fields[key] == .null }

    private func wrong(_ key: String, _ found: ConfigurationTree, _ expected: String) -> TextToImageError {
        .configuration(file: path, key: key, reason: "found \(found.words), expected \(expected)")
    }

    mutating func whole(_ key: String, _ standard: Int) throws(TextToImageError) -> Int {
        guard let value = take(key) else { return standard }
        guard case .integer(let number) = value else { throw wrong(key, value, "a whole number") }
        return number
    }

    mutating func number(_ key: String, _ standard: Double) throws(TextToImageError) -> Double {
        guard let value = take(key) else { return standard }
        switch value {
        case .integer(let number): return Double(number)
        case .number(let number): return number
        default: throw wrong(key, value, "a number")
        }
    }

    mutating func flag(_ key: String, _ standard: Bool) throws(TextToImageError) -> Bool {
        guard let value = take(key) else { return standard }
        guard case .bool(let flag) = value else { throw wrong(key, value, "true or false") }
        return flag
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ standard: Choice
    ) throws(TextToImageError) -> Choice where Choice.RawValue == String {
        guard let value = take(key) else { return standard }
        guard case .text(let text) = value, let choice = Choice(rawValue: text) else {
            throw wrong(key, value, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    mutating func text(_ key: String) throws(TextToImageError) -> String? {
        guard let value = take(key) else { return nil }
        guard case .text(let text) = value else { throw wrong(key, value, "a text") }
        return text
    }

    mutating func texts(_ key: String, _ standard: [String]) throws(TextToImageError) -> [String] {
        guard let value = take(key) else { return standard }
        guard case .list(let list) = value else { throw wrong(key, value, "a list of texts") }
        var texts: [String] = []
        for item in list {
            guard case .text(let text) = item else { throw wrong(key, value, "a list of texts") }
            texts.append(text)
        }
        return texts
    }

    mutating func wholes(_ key: String, _ standard: [Int]) throws(TextToImageError) -> [Int] {
        guard let value = take(key) else { return standard }
        guard case .list(let list) = value else { throw wrong(key, value, "a list of whole numbers") }
        var numbers: [Int] = []
        for item in list {
            guard case .integer(let number) = item else { throw wrong(key, value, "a list of whole numbers") }
            numbers.append(number)
        }
        return numbers
    }

    /// One number for every level, or a list of `count`.
    mutating func levels(_ key: String, _ standard: Int, count: Int) throws(TextToImageError) -> [Int] {
        if case .list = fields[key] { return try wholes(key, []) }
        return [Int](repeating: try whole(key, standard), count: count)
    }

    /// Refuses every value but these.
    mutating func require(_ key: String, _ allowed: ConfigurationTree...) throws(TextToImageError) {
        guard let value = take(key) else { return }
        guard allowed.contains(where: { $0.equals(value) }) else {
            throw wrong(key, value, allowed.map(\.words).joined(separator: " or ") + ", as other values are not supported")
        }
    }

    /// What does not matter for the results.
    mutating func pass(_ keys: String...) { for key in keys { fields[key] = nil } }

    /// Refuses what is left and says something: null, false and diffusers' own notes do not.
    func finish() throws(TextToImageError) {
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            let saysNothing = key.hasPrefix("_") || value == .null || value == .bool(false)
            if !saysNothing {
                throw .configuration(
                    file: path, key: key, reason: "found \(value.words), a setting that this library does not know")
            }
        }
    }
}

extension ConfigurationTree {
    /// The value for messages.
    var words: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value): "\"\(value.prefix(80))\""
        case .list(let values): "[" + values.prefix(8).map(\.words).joined(separator: ", ") + "]"
        case .object: "an object"
        }
    }

    /// Whether both are the same; 1 is 1.0.
    func equals(_ other: ConfigurationTree) -> Bool {
        switch (self, other) {
        case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): Double(a) == b
        default: self == other
        }
    }
}
